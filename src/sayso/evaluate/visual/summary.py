"""Rows of visual contribution and of attention -> what `summary.json` says of them.

Every number is the mean over tasks of the mean over examples, with a bootstrap interval over examples; medians and shares below 0 are over all examples.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from sayso.evaluate.intervals import Bootstrap, as_row, mean_interval, paired_difference
from sayso.evaluate.sensitivity import Floats
from sayso.records import Record

__all__ = ["summarise_visual", "VisualRow"]

FIGURES = {
    "sum": "answer_sum",
    "token_mean": "answer_token_mean",
    "instruction": "instr_token_mean",
    "template": "template_token_mean",
}


class VisualRow(Record, frozen=True, kw_only=True):
    """The visual contribution of one example under one null, in nats: of its answer summed and per token, of what filled its instruction's slots, and of the words of its wording.

    None where there is no such token.
    """

    model: str
    null: str
    task: str
    example: str
    template: str
    answer_sum: float
    answer_token_mean: float
    instr_token_mean: float | None = None
    template_token_mean: float | None = None
    tokens: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    values: tuple[float, ...] = ()


def summarise_visual(rows: Sequence[VisualRow], *, bootstrap: Bootstrap) -> list[dict[str, Any]]:
    """A row per model and null, the first model's beside the difference to each other model on the same examples."""
    groups: dict[tuple[str, str], list[VisualRow]] = {}
    for row in rows:
        groups.setdefault((row.model, row.null), []).append(row)
    first = rows[0].model if rows else ""
    return [
        {
            "model": model,
            "null": null,
            **{name: as_row(mean_interval(_by_task(found, key), bootstrap=bootstrap)) for name, key in FIGURES.items()},
            "median_sum": float(np.median([row.answer_sum for row in found])),
            "share_negative": float(np.mean([row.answer_sum < 0 for row in found])),
            "against_first": None if model == first else _difference(groups[first, null], found, bootstrap=bootstrap),
            "by_task": list(_task_rows(found)),
        }
        for (model, null), found in groups.items()
    ]


def _by_task(rows: Iterable[VisualRow], key: str) -> Mapping[str, Floats]:
    tasks: dict[str, list[float]] = {}
    for row in rows:
        value = getattr(row, key)
        tasks.setdefault(row.task, []).append(np.nan if value is None else value)
    return {task: np.array([values]) for task, values in tasks.items()}


def _difference(first: Sequence[VisualRow], other: Sequence[VisualRow], *, bootstrap: Bootstrap) -> Any:
    """How much more the picture tells the first model; None where the two were not asked the same."""
    if [row.example for row in first] != [row.example for row in other]:
        return None
    pair = (_by_task(rows, "answer_sum") for rows in (first, other))
    return as_row(paired_difference(*pair, bootstrap=bootstrap))


def _task_rows(rows: Sequence[VisualRow]) -> Iterator[dict[str, Any]]:
    for task in dict.fromkeys(row.task for row in rows):
        mine = [row for row in rows if row.task == task]
        yield {
            "task": task,
            "n": len(mine),
            "sum": float(np.mean([row.answer_sum for row in mine])),
            "token_mean": float(np.mean([row.answer_token_mean for row in mine])),
        }
