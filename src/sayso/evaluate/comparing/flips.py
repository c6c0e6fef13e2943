"""Which examples flipped: right under the baseline and wrong now, or the other way round; right is a score of one half or more.

All are counted, per task. Those that are shown take turns: broken and mended ones, task by task, and of a task first the examples that flipped under most
wordings, since those are least by chance.
"""

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np

from sayso.evaluate.comparing.details import Background, outputs
from sayso.evaluate.comparing.pairing import TaskScores
from sayso.evaluate.comparing.reading import Run
from sayso.evaluate.sensitivity import Floats
from sayso.seeds import derive

__all__ = ["choose", "count_flips", "Flip", "flip_rows"]

RIGHT = 0.5

Flip = tuple[TaskScores, int, int, int, str]
"""Scores of a task, place of the compared run, row of the wording, column of the example, `broken` or `mended`."""


def _flipped(scores: TaskScores, place: int) -> dict[str, Floats]:
    """How many wordings of each example were broken and mended, and where, as (W, N)."""
    before, after = scores.values[0] >= RIGHT, scores.values[place] >= RIGHT
    known = ~np.isnan(scores.values[0])
    return {"broken": known & before & ~after, "mended": known & ~before & after}


def count_flips(scores: TaskScores, place: int) -> dict[str, int]:
    """Predictions of a task that flipped each way, and examples of which any did."""
    found = _flipped(scores, place)
    return {
        "broken": int(found["broken"].sum()),
        "mended": int(found["mended"].sum()),
        "examples_broken": int(found["broken"].any(axis=0).sum()),
        "examples_mended": int(found["mended"].any(axis=0).sum()),
    }


def choose(tasks: Sequence[TaskScores], place: int, *, number: int) -> list[Flip]:
    """At most `number` flips, each of an example of its own."""
    queues = [list(_ranked(scores, place, kind)) for kind in ("broken", "mended") for scores in tasks]
    half = len(tasks)
    turns = (flip for pair in zip(queues[:half], queues[half:], strict=True) for flip in [_alternating(*pair)])
    mixed = (flip for turn in zip_longest(*turns) for flip in turn if flip is not None)
    return list(mixed)[:number]


def _alternating(first: list[Flip], second: list[Flip]) -> list[Flip]:
    return [flip for pair in zip_longest(first, second) for flip in pair if flip is not None]


def _ranked(scores: TaskScores, place: int, kind: str) -> Iterator[Flip]:
    flipped = _flipped(scores, place)[kind]
    number = flipped.sum(axis=0)
    order = sorted(
        np.flatnonzero(number), key=lambda column: (-number[column], derive("flip", scores.examples[column]))
    )
    for column in order:
        yield scores, place, int(np.flatnonzero(flipped[:, column])[0]), int(column), kind


def flip_rows(
    flips: Sequence[Flip], *, runs: Sequence[Run], names: Sequence[str], background: Background, folder: Path
) -> Iterator[dict[str, Any]]:
    """The flips as they are shown, with every run's output; pictures are written to `folder/images`."""
    asked = [(scores.task, scores.examples[column], scores.templates[row]) for scores, _, row, column, _ in flips]
    said = [outputs(run, asked) for run in runs]
    cards = background.cards(asked, folder=folder)
    for key, flip, card in zip(asked, flips, cards, strict=True):
        scores, place, row, column, kind = flip
        answers = [found.get(key) for found in said]
        prompt = next((answer.prompt for answer in answers if answer is not None), "")
        yield {
            "task": key[0],
            "example": key[1],
            "template": key[2],
            "run": names[place],
            "kind": kind,
            "num_wordings": int(_flipped(scores, place)[kind][:, column].sum()),
            "of_wordings": int((~np.isnan(scores.values[place, :, column])).sum()),
            **({"instruction": prompt, "options": [], "references": [], "images": []} | card),
            "answers": [
                {"run": name, "output": None if answer is None else answer.output, "score": _number(value)}
                for name, answer, value in zip(names, answers, scores.values[:, row, column], strict=True)
            ],
        }


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
