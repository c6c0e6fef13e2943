"""Scores -> the rows of `scores.jsonl`, the headline and the table by task of `summary.json`.

The headline counts one metric per task, its first. Each number is the mean over tasks of the mean over wordings of the mean over
examples, with a bootstrap interval over examples; `n` is how many examples, `num_tasks` how many tasks:

- `held_in`: trained tasks under trained wordings (tuned model); `held_in_untuned`, `held_in_shuffled`: the same with the untuned
  model and with shuffled images, under the first few trained wordings; `held_in_blind`: the majority answer;
- `held_out_wordings`: trained tasks under wordings that were never trained on; `held_out_wordings_by_distance`: the same for each
  distance apart, and beside it what they cost, `drop_by_distance` (trained wordings minus these, paired by example, over the tasks
  that have both), and `sensitivity_by_distance` (over these alone);
- `held_out_tasks`, `held_out_categories`: tasks that were never trained on, under every wording;
- `sensitivity` (and `sensitivity_by_group`): over all tasks and all wordings of the tuned model; beside it what is left without the noise of the
  examples, and further figures of `sayso.evaluate.robustness`.

A number that nothing stands behind is null. Where the tuned model was not evaluated, the headline is about the first model that was; `model` names it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from sayso.evaluate.intervals import (
    Bootstrap,
    as_row,
    mean_interval,
    paired_difference,
    sensitivity_interval,
)
from sayso.evaluate.plan import main_model
from sayso.evaluate.robustness.agreement import Agreement
from sayso.evaluate.robustness.figures import robustness
from sayso.evaluate.robustness.gaps import DISTANCES
from sayso.evaluate.robustness.scores import TaskScores
from sayso.evaluate.scoring import ScoreTable
from sayso.evaluate.sensitivity import Floats, coefficient_of_variation, wording_means

__all__ = ["score_rows", "summarise"]

GROUPS = ("held_in", "held_out_task", "held_out_category")
ROBUSTNESS = (
    "sensitivity_corrected",
    "sensitivity_noise_floor",
    "prompt_sensitivity",
    "worst_wording",
    "best_wording",
)
"""What the summary has of the figures of robustness, over tasks and for each."""


def score_rows(table: ScoreTable, *, bootstrap: Bootstrap) -> Iterator[dict[str, Any]]:
    """A row of `scores.jsonl` per template; mean, low and high are null where nothing could be scored."""
    for template, values in zip(table.templates, table.values, strict=True):
        found = mean_interval({f"{table.task.name}/{template.id}": values[None, :]}, bootstrap=bootstrap)
        unscored = int(np.isnan(values).sum())
        yield {
            "model": table.model,
            "condition": table.condition,
            "task": table.task.name,
            "category": table.task.category,
            "group": table.task.group,
            "template": template.id,
            "template_held_out": template.held_out,
            "distance": template.distance,
            "metric": table.metric,
            "mean": found and found.mean,
            "low": found and found.low,
            "high": found and found.high,
            "n": len(values) - unscored,
            "unscored": unscored,
        }


def summarise(
    tables: Sequence[ScoreTable],
    *,
    blind: Sequence[ScoreTable],
    bootstrap: Bootstrap,
    agreements: Mapping[str, Agreement] | None = None,
) -> dict[str, Any]:
    """The content of `summary.json`; `tables` and `blind` may hold further metrics, only headline ones count.

    `agreements` says for each task how far the main model's answers agree over its wordings.
    """
    table_of = _Lookup(tables, blind=blind)
    figures = robustness([_scores(table_of.table(name)) for name in table_of.names], bootstrap=bootstrap)
    agreed = {name: found for name, found in (agreements or {}).items() if name in table_of.names}
    trained = table_of.group("held_in")
    held_in = _rows(trained, held_out=False)
    return {
        "model": table_of.main,
        "held_in": _mean(held_in, bootstrap),
        "held_in_untuned": _mean(_rows(table_of.group("held_in", "untuned"), held_out=False), bootstrap),
        "held_in_blind": _mean(table_of.group("held_in", "blind"), bootstrap),
        "held_in_shuffled": _mean(_rows(table_of.group("held_in", "shuffled"), held_out=False), bootstrap),
        "held_out_wordings": _mean(_rows(trained, held_out=True), bootstrap),
        "held_out_tasks": _mean(table_of.group("held_out_task"), bootstrap),
        "held_out_categories": _mean(table_of.group("held_out_category"), bootstrap),
        **_by_distance(trained, bootstrap=bootstrap),
        **_sensitivities(table_of, bootstrap=bootstrap),
        **{name: figures[name] for name in ROBUSTNESS},
        "consistency": _consistency(agreed),
        "by_task": [
            _task_row(name, table_of, bootstrap=bootstrap)
            | {key: row.get(key) for key in ROBUSTNESS}
            | {"consistency": agreed[name].rate if name in agreed else None}
            for name, row in zip(table_of.names, figures["by_task"], strict=True)
        ],
    }


def _scores(table: ScoreTable) -> TaskScores:
    ids = tuple(template.id for template in table.templates)
    return TaskScores.of(table.task.name, table.values, wordings=ids)


def _consistency(agreed: Mapping[str, Agreement]) -> dict[str, float | None] | None:
    """Means over tasks of the share of pairs of wordings with equal answers, and with equal and right ones."""
    if not agreed:
        return None
    right = [one.right for one in agreed.values() if one.right is not None]
    rate = float(np.mean([one.rate for one in agreed.values()]))
    return {"mean": rate, "right": float(np.mean(right)) if right else None, "num_tasks": len(agreed)}


class _Lookup:
    """Headline tables by what they show: `main`, `untuned`, `shuffled` and `blind`, each by task."""

    def __init__(self, tables: Sequence[ScoreTable], *, blind: Sequence[ScoreTable]) -> None:
        headline = [table for table in tables if table.metric == table.task.metrics[0]]
        main = main_model([table.model for table in headline])
        self.main = main
        self._shown = {
            "main": _by_task(headline, model=main, condition="plain"),
            "untuned": _by_task(headline, model="untuned", condition="plain"),
            "shuffled": _by_task(headline, model=main, condition="shuffled_images"),
            "blind": {table.task.name: table for table in blind if table.metric == table.task.metrics[0]},
        }
        self.names = list(self._shown["main"])

    def get(self, task: str, shown: str = "main") -> ScoreTable | None:
        return self._shown[shown].get(task)

    def table(self, task: str) -> ScoreTable:
        """That of the main model, of one of `names`."""
        return self._shown["main"][task]

    def group(self, group: str, shown: str = "main") -> list[ScoreTable]:
        return [table for table in self._shown[shown].values() if table.task.group == group]


def _by_task(tables: Iterable[ScoreTable], *, model: str, condition: str) -> dict[str, ScoreTable]:
    return {t.task.name: t for t in tables if t.model == model and t.condition == condition and t.examples}


def _by_distance(trained: Sequence[ScoreTable], *, bootstrap: Bootstrap) -> dict[str, Any]:
    """Trained tasks under held-out wordings, each distance apart; a task counts where it has wordings of that distance."""
    held_in = _values(_rows(trained, held_out=False))
    found = {name: _values(_rows(trained, held_out=True, distance=name)) for name in DISTANCES}
    return {
        "held_out_wordings_by_distance": {
            name: as_row(mean_interval(values, bootstrap=bootstrap)) for name, values in found.items()
        },
        "drop_by_distance": {
            name: as_row(paired_difference(held_in, values, bootstrap=bootstrap)) for name, values in found.items()
        },
        "sensitivity_by_distance": {
            name: as_row(sensitivity_interval(values, bootstrap=bootstrap)) for name, values in found.items()
        },
    }


def _rows(tables: Iterable[ScoreTable], *, held_out: bool, distance: str | None = None) -> list[ScoreTable]:
    kept = (table.only(held_out=held_out, distance=distance) for table in tables)
    return [table for table in kept if table is not None]


def _values(tables: Iterable[ScoreTable]) -> dict[str, Floats]:
    return {table.task.name: table.values for table in tables}


def _mean(tables: Iterable[ScoreTable], bootstrap: Bootstrap) -> dict[str, float] | None:
    return as_row(mean_interval(_values(tables), bootstrap=bootstrap))


def _sensitivities(table_of: _Lookup, *, bootstrap: Bootstrap) -> dict[str, Any]:
    groups = {group: _values(table_of.group(group)) for group in GROUPS}
    everything = {name: values for group in groups.values() for name, values in group.items()}
    whole = sensitivity_interval(everything, bootstrap=bootstrap)
    by_group = {name: as_row(sensitivity_interval(values, bootstrap=bootstrap)) for name, values in groups.items()}
    undefined = len(everything) - (whole.num_tasks if whole else 0)
    return {"sensitivity": as_row(whole), "sensitivity_by_group": by_group, "num_sensitivity_undefined": undefined}


def _task_row(name: str, table_of: _Lookup, *, bootstrap: Bootstrap) -> dict[str, Any]:
    """One task: `mean`, `std`, `sensitivity`, `worst` and `best` are over all wordings of the main model."""
    table = table_of.table(name)
    means = wording_means(table.values)
    found = mean_interval({name: table.values}, bootstrap=bootstrap)
    known = means[~np.isnan(means)]
    return {
        "task": name,
        "category": table.task.category,
        "group": table.task.group,
        "metric": table.metric,
        "mean": found and found.mean,
        "low": found and found.low,
        "high": found and found.high,
        "std": _number(known.std(ddof=1)) if len(known) > 1 else None,
        "sensitivity": _number(coefficient_of_variation(known)),
        "worst": _number(known.min()) if len(known) else None,
        "best": _number(known.max()) if len(known) else None,
        "num_wordings": len(means),
        "n": len(table.examples),
        "reasons": dict(table.reasons),
        "held_in_wordings": _mean_of(table.only(held_out=False)),
        "held_out_wordings": _mean_of(table.only(held_out=True)),
        "held_out_wordings_by_distance": {
            name: _mean_of(table.only(held_out=True, distance=name)) for name in DISTANCES
        },
        **{shown: _mean_of(table_of.get(name, shown)) for shown in ("blind", "untuned", "shuffled")},
    }


def _mean_of(table: ScoreTable | None) -> float | None:
    if table is None:
        return None
    means = wording_means(table.values)
    known = means[~np.isnan(means)]
    return float(known.mean()) if len(known) else None


def _number(value: Any) -> float | None:
    return None if np.isnan(value) else float(value)
