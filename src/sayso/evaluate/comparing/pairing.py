"""What goes with what: rows of all runs that agree in task, example, wording and metric, as one block of numbers per task.

What only some of the runs have is left out, counted and named. A pair of which one side has no score is left out for all runs, so that all
means are over the same predictions.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from sayso.errors import ConfigError, DataError, did_you_mean, few
from sayso.evaluate.comparing.reading import Key, Run
from sayso.evaluate.sensitivity import Floats

__all__ = ["is_binary", "pair", "Paired", "TaskScores"]


OWN = "each its own"
"""The wording of a task of which no two examples share one, as with filled-in instructions: one, since it has no spread to speak of."""


@dataclass(frozen=True, kw_only=True)
class TaskScores:
    """The scores of K runs on one task by one metric, `values` (K, W, N); NaN in all runs where one of them has none.

    `units` names what is independent of the rest, for each example: its picture, or itself; empty where every example is one. `distances` and `groups` are of each wording, `num_unscored` is how many predictions all runs made but one could not score.
    """

    task: str
    metric: str
    group: str
    templates: tuple[str, ...]
    distances: tuple[str | None, ...]
    examples: tuple[str, ...]
    values: Floats = field(repr=False)
    num_unscored: int = 0
    units: tuple[str, ...] = ()

    @property
    def unit_of(self) -> npt.NDArray[np.int64]:
        """The number of each example's unit, (N,), in order of their first examples."""
        if not self.units:
            return np.arange(len(self.examples))
        places: dict[str, int] = {}
        return np.array([places.setdefault(name, len(places)) for name in self.units])

    @property
    def alone(self) -> bool:
        """Whether every example is a unit."""
        return len(set(self.units)) == len(self.units)


@dataclass(frozen=True, kw_only=True)
class Paired:
    """Tasks by name, and per run what it has alone."""

    tasks: tuple[TaskScores, ...]
    unpaired: tuple[dict[str, Any], ...]


def is_binary(values: Floats) -> bool:
    """Whether every score is 0 or 1."""
    known = values[~np.isnan(values)]
    return bool(np.isin(known, (0.0, 1.0)).all())


def pair(runs: Sequence[Run], *, names: Sequence[str], metric: str | None = None) -> Paired:
    """The tasks of all runs, each by `metric`, or by the baseline's first metric that all runs have.

    Raises:
        ConfigError: nobody has the metric.
        DataError: nothing pairs, or nothing that pairs has scores.
    """
    chosen = _metrics(runs, metric=metric)
    keys = [{key for key in run.values if key[3] == chosen.get(key[0])} for run in runs]
    shared = set.intersection(*keys)
    if not shared:
        raise DataError(_why_nothing(runs, names=names))
    by_task: dict[str, list[Key]] = {}
    for key in shared:
        by_task.setdefault(key[0], []).append(key)
    blocks = (_block(runs, by_task[task], metric=chosen[task]) for task in sorted(by_task))
    tasks = tuple(block for block in blocks if block is not None)
    if not tasks:
        raise DataError(f"none of the {len(shared):,} predictions that all runs share has a score in all of them")
    alone = tuple(
        _unpaired(mine - shared, shared=shared) | _other(run, chosen) for run, mine in zip(runs, keys, strict=True)
    )
    return Paired(tasks=tasks, unpaired=alone)


def _metrics(runs: Sequence[Run], *, metric: str | None) -> dict[str, str]:
    """Of each task of any run, what it is compared by."""
    known = sorted({name for run in runs for names in run.metrics.values() for name in names})
    if metric is not None and metric not in known:
        raise ConfigError(f"no run has the metric {metric!r}{did_you_mean(metric, known)}")
    found = {}
    for task in dict.fromkeys(task for run in runs for task in run.metrics):
        mine = [run.metrics[task] for run in runs if task in run.metrics]
        common = [name for name in mine[0] if all(name in other for other in mine)]
        wanted = [name for name in (common or mine[0]) if metric in {None, name}]
        if wanted:
            found[task] = wanted[0]
    return found


def _block(runs: Sequence[Run], keys: Sequence[Key], *, metric: str) -> TaskScores | None:
    task = keys[0][0]
    order = {template: place for place, (name, template) in enumerate(runs[0].cells) if name == task}
    templates = sorted({key[2] for key in keys}, key=order.__getitem__)
    examples = sorted({key[1] for key in keys})
    row = {name: place for place, name in enumerate(templates)}
    if len(templates) == len(keys) > 1:
        templates, row = [OWN], dict.fromkeys(templates, 0)
    column = {name: place for place, name in enumerate(examples)}
    values = np.full((len(runs), len(templates), len(examples)), np.nan)
    for key in keys:
        scores = [run.values[key] for run in runs]
        if None not in scores:
            values[:, row[key[2]], column[key[1]]] = scores
    scored = ~np.isnan(values[0])
    rows, columns = scored.any(axis=1), scored.any(axis=0)
    if not rows.any():
        return None
    kept = [name for name, keep in zip(templates, rows, strict=True) if keep]
    cells = [runs[0].cells[task, keys[0][2] if name == OWN else name] for name in kept]
    return TaskScores(
        task=task,
        metric=metric,
        group=cells[0][0],
        templates=tuple(kept),
        distances=tuple(distance for _, distance in cells),
        examples=tuple(name for name, keep in zip(examples, columns, strict=True) if keep),
        values=values[:, rows][:, :, columns],
        num_unscored=len(keys) - int(scored.sum()),
        units=tuple(
            runs[0].pictures.get((task, name), f"{task}/{name}")
            for name, keep in zip(examples, columns, strict=True)
            if keep
        ),
    )


def _unpaired(keys: set[Key], *, shared: set[Key]) -> dict[str, Any]:
    """How many predictions are only here, and which tasks, wordings and examples stand behind them, in that order of blame."""
    tasks = {key[0] for key in shared}
    wordings, examples = {(k[0], k[2]) for k in shared}, {(k[0], k[1]) for k in shared}
    here = [key for key in keys if key[0] in tasks]
    return {
        "num_unpaired": len(keys),
        "tasks_alone": sorted({key[0] for key in keys} - tasks),
        "wordings_alone": sorted({key[2] for key in here if (key[0], key[2]) not in wordings}),
        "examples_alone": sorted({key[1] for key in here if (key[0], key[1]) not in examples}),
    }


def _other(run: Run, chosen: dict[str, str]) -> dict[str, Any]:
    """Tasks of a run that are compared by a metric it lacks, or not at all."""
    return {"tasks_without_metric": sorted(t for t, names in run.metrics.items() if chosen.get(t) not in names)}


def _why_nothing(runs: Sequence[Run], *, names: Sequence[str]) -> str:
    for place, what in enumerate(("task", "example", "wording")):
        common = set.intersection(*({_part(key, place) for key in run.values} for run in runs))
        if not common:
            ids = "; ".join(f"{n}: {_few(k[place] for k in run.values)}" for n, run in zip(names, runs, strict=True))
            return (
                f"no {what} is in all runs ({ids}); evaluate them on one build with one seed, under the same wordings"
            )
    return f"no task of {', '.join(names)} was scored by the same metric on the same examples and wordings; evaluate them alike"


def _part(key: Key, place: int) -> tuple[str, str]:
    return key[0], key[place]


def _few(names: Iterable[str]) -> str:
    return few(map(repr, sorted(names)), shown=3)
