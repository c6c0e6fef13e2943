"""Retention as scores: rows like those of suites, and the paired difference of two models with its interval."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sayso.errors import DataError
from sayso.evaluate.intervals import Bootstrap, Estimate, mean_interval, paired_difference
from sayso.evaluate.values import Value

__all__ = ["METRIC", "summarise", "values_of_rows"]

METRIC = "token_logprob"
"""Mean log-probability of a token, in nats; higher is better, 0 the best."""


def values_of_rows(
    task: str, template: str, *, examples: Sequence[str], logprobs: Sequence[float], model: str
) -> list[Value]:
    """A row of `values.jsonl` for each text or response."""
    return [
        Value(task=task, example=name, template=template, metric=METRIC, value=value, model=model, group="retention")
        for name, value in zip(examples, logprobs, strict=True)
    ]


def summarise(rows: Sequence[Value], *, before: str, after: str, bootstrap: Bootstrap) -> dict[str, Any]:
    """By task: the mean and the perplexity under each model, and what tuning changed, `after` minus `before` on the same rows.

    Raises:
        DataError: the two models were measured on other rows.
    """
    return {
        task: _task(task, [row for row in rows if row.task == task], before=before, after=after, bootstrap=bootstrap)
        for task in dict.fromkeys(row.task for row in rows)
    }


def _task(task: str, rows: Sequence[Value], *, before: str, after: str, bootstrap: Bootstrap) -> dict[str, Any]:
    models = {
        name: {row.example: row.value for row in rows if row.model == name and row.value is not None}
        for name in (before, after)
    }
    if models[before].keys() != models[after].keys():
        counts = ", ".join(f"{len(found)} of {name}" for name, found in models.items())
        raise DataError(f"{task}: the two models were measured on other rows ({counts}); measure both on the same ones")
    examples = sorted(models[before])
    scores = {name: np.array([[found[one] for one in examples]]) for name, found in models.items()}
    change = paired_difference({task: scores[after]}, {task: scores[before]}, bootstrap=bootstrap)
    return {name: _said(mean_interval({task: one}, bootstrap=bootstrap)) for name, one in scores.items()} | {
        "change": _said(change, perplexity=False)
    }


def _said(found: Estimate | None, *, perplexity: bool = True) -> Mapping[str, float] | None:
    if found is None:
        return None
    said = {"mean": found.mean, "low": found.low, "high": found.high, "n": found.n}
    return said | ({"perplexity": float(np.exp(-found.mean))} if perplexity else {})
