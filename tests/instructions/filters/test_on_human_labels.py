"""The filters against what people judged, and against attacked prompts; floors lie a little below what was measured."""

import csv
import os
from pathlib import Path

import pytest

from sayso.instructions.filters.screening import CandidateRow, screen

DATA = Path(os.environ.get("SAYSO_DATA", "")) / "instruction_paraphrases" / "automatic_paraphrases"
pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="SAYSO_DATA is not set to a folder with instruction_paraphrases/"
)


def labelled():
    for path in sorted(DATA.glob("*/*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        parent = next(row["prompt template"] for row in rows if row["method"] == "default")
        for number, row in enumerate(rows):
            name = f"{path.stem}/{number}"
            yield CandidateRow(id=name, parent=parent, candidate=row["prompt template"]), row["correct"] != "0"


def roc_area(right, wrong):
    order = sorted([(score, True) for score in right] + [(score, False) for score in wrong])
    below = won = 0
    for _, is_right in order:
        below += not is_right
        won += below if is_right else 0
    return won / (len(right) * len(wrong))


@pytest.fixture(scope="module")
def judged():
    rows = list(labelled())
    return list(zip(screen(row for row, _ in rows), (right for _, right in rows), strict=True))


def test_every_judged_rewording_gets_a_verdict(judged):
    assert len(judged) == 3452
    assert sum(right for _, right in judged) == 2961


def test_scores_tell_right_from_wrong(judged):
    """Weights were fitted on these labels; `bench/filters.py` measures out of task."""
    right, wrong = ([v.score for v, is_right in judged if is_right is side] for side in (True, False))
    assert roc_area(right, wrong) > 0.85


def test_at_most_a_tenth_of_what_is_right_is_lost_and_half_of_what_is_wrong_is_caught(judged):
    lost = sum(right and not verdict.keep for verdict, right in judged) / 2961
    caught = sum(not right and not verdict.keep for verdict, right in judged) / 491
    assert lost < 0.1
    assert caught > 0.55


def test_scores_and_verdicts_agree(judged):
    kept = [verdict.score for verdict, _ in judged if verdict.keep]
    refused = [verdict.score for verdict, _ in judged if not verdict.keep]
    assert max(refused) < min(kept)
