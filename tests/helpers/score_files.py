"""Scores to compare, as files: two models on two tasks under three wordings, everything plain to see."""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sayso.artifacts import write_jsonl
from sayso.evaluate.comparing.pairing import TaskScores
from sayso.evaluate.values import Value

TASKS = ("count", "name")
WORDINGS = ("w0", "w1", "h0")


def value_rows(score: Callable[[str, int, str], float | None], *, examples: int = 12, **fields: object) -> list[Value]:
    """A row per task, example and wording; `h0` is a wording never trained on."""
    return [
        Value(
            task=task,
            example=f"{task}/{number}",
            template=wording,
            value=score(task, number, wording),
            **{"metric": "accuracy", "group": "held_in", "distance": "L1" if wording == "h0" else None, **fields},
        )
        for task in TASKS
        for number in range(examples)
        for wording in WORDINGS
    ]


def write_values(path: Path, score: Callable[[str, int, str], float | None], **fields: object) -> str:
    write_jsonl(path, value_rows(score, **fields))
    return str(path)


def write_csv(path: Path, heading: tuple[str, ...], *rows: tuple[object, ...]) -> Path:
    with path.open("w", newline="") as handle:
        csv.writer(handle).writerows([heading, *rows])
    return path


def good(task: str, number: int, wording: str) -> float:
    """Right on all but every fourth example."""
    return float(number % 4 > 0)


def breaks_h0(task: str, number: int, wording: str) -> float:
    """As good, but counts nothing under the wording it never saw."""
    return 0.0 if (task, wording) == ("count", "h0") else good(task, number, wording)


def block(
    values: npt.ArrayLike, *, task: str = "t", distances: tuple[str | None, ...] | None = None, group: str = "held_in"
) -> TaskScores:
    """Scores of runs on a task, (K, W, N)."""
    table = np.asarray(values, dtype=float)
    _, wordings, examples = table.shape
    return TaskScores(
        task=task,
        metric="m",
        group=group,
        templates=tuple(f"w{number}" for number in range(wordings)),
        distances=distances or (None,) * wordings,
        examples=tuple(f"{task}/{number}" for number in range(examples)),
        values=table,
    )
