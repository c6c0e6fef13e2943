"""Wordings that nobody here wrote, around real questions: what of them is found again."""

import json
import os
from collections import Counter
from pathlib import Path

import pytest

from sayso.instructions.induce.recovering import recover
from sayso.instructions.induce.rows import InstructionRow
from sayso.seeds import Stream

DATA = os.environ.get("SAYSO_DATA", "")
pytestmark = pytest.mark.skipif(not DATA, reason="real data: set SAYSO_DATA to its folder")


@pytest.fixture(scope="module")
def mixture():
    """Rows of radiology questions under X-InstructBLIP's wordings of questions, and captions under its wordings of captions."""
    root = Path(DATA)
    wordings = json.loads((root / "instruction_templates/xinstructblip/templates.json").read_text())["image"]
    questions = json.loads((root / "vqa_rad/trainset.json").read_text())
    captions = [
        json.loads(line)["caption"]
        for line in (root / "benchmark_annotations/vsr/zeroshot/train.jsonl").read_text().splitlines()
    ]
    asked = [text for text in wordings["qa"] if text.count("{}") == 1]
    stream = Stream("xinstructblip")
    rows = [
        ("qa", text.replace("{}", q["question"]), str(q["answer"]), text)
        for q in questions
        for text in [stream.choice(asked)]
    ]
    rows += [
        ("caption", text, caption, text) for caption in captions[:1500] for text in [stream.choice(wordings["caption"])]
    ]
    given = [InstructionRow(id=str(n), text=text, answer=answer) for n, (_, text, answer, _) in enumerate(rows)]
    return rows, recover(given)


def texts(found):
    return {template.text.replace("{text}", "{}") for task in found.tasks for template in task.templates}


def test_nearly_every_wording_is_found_to_the_letter(mixture):
    rows, found = mixture
    known = {row[3] for row in rows}
    assert len(known & texts(found)) >= 0.9 * len(known)


def test_questions_and_captions_never_come_together(mixture):
    rows, found = mixture
    kinds = Counter((one.task, row[0]) for one, row in zip(found.rows, rows, strict=True) if one.task)
    by_task = Counter(task for task, _ in kinds)
    assert max(by_task.values()) == 1
    assert max(count for (_, kind), count in kinds.items() if kind == "caption") > 1200


def test_few_rows_are_left(mixture):
    rows, found = mixture
    assert sum(bool(one.task) for one in found.rows) >= 0.9 * len(rows)
