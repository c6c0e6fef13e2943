"""Tables of scores -> the one number of a set, with an interval, or with the names of what is missing.

The number is the mean over tasks of the mean over wordings of the mean over examples. Its interval draws the examples of each task again; tasks and wordings stay, and so do figures of a
whole corpus (CIDEr-D), which are named. Over fewer tasks than the set has it is given as a partial one, `aggregate` staying empty.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sayso.errors import DataError
from sayso.evaluate.intervals import Bootstrap, Estimate, resampled_mean
from sayso.evaluate.means import bounds
from sayso.evaluate.sensitivity import Floats, wording_means
from sayso.evaluate.suite_sets._protocol import Member, SuiteSet
from sayso.evaluate.suite_sets.gains import Gains, gains
from sayso.evaluate.suite_sets.reading import Table

__all__ = ["aggregate", "SetResult", "TaskFigure"]


@dataclass(frozen=True, kw_only=True)
class TaskFigure:
    """A task of the set: its mean over wordings with interval, its best wording's mean, and what the number is for."""

    task: str
    group: str
    metric: str
    estimate: Estimate
    best_wording: float
    num_wordings: int
    baseline: float | None = None
    fixed: bool = False
    about: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class SetResult:
    """What can be said of a set: `aggregate` only where every task is there, `partial` over those that are."""

    suite_set: SuiteSet
    tasks: tuple[TaskFigure, ...]
    missing: tuple[str, ...]
    aggregate: Estimate | None
    partial: Estimate | None
    gains: Gains | None = None

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        made = self.suite_set
        return {
            "set": made.name,
            "note": made.note,
            "num_tasks": len(made.members),
            "num_present": len(self.tasks),
            "missing": list(self.missing),
            "aggregate": _interval(self.aggregate),
            "partial": None if self.aggregate else _interval(self.partial),
            "gains": self.gains and self.gains.as_json(),
            "tasks": [_task(one) for one in self.tasks],
        }


def _interval(found: Estimate | None) -> dict[str, Any] | None:
    return None if found is None else {"mean": found.mean, "low": found.low, "high": found.high, "n": found.n}


def _task(one: TaskFigure) -> dict[str, Any]:
    figures = {"task": one.task, "group": one.group, "metric": one.metric, **(_interval(one.estimate) or {})}
    rest = {
        "best_wording": one.best_wording,
        "num_wordings": one.num_wordings,
        "baseline": one.baseline,
        "fixed": one.fixed,
    }
    return figures | rest | {"about": dict(one.about)}


def aggregate(
    suite_set: SuiteSet, tables: Sequence[Table], *, bootstrap: Bootstrap, baseline: Sequence[Table] = ()
) -> SetResult:
    """The set over what is there; `baseline` are the tables of the model that gains are relative to.

    Raises:
        DataError: none of its tasks is there, several scores are of one, or the baseline was scored on other examples.
    """
    found = [(member, table) for member in suite_set.members if (table := _pick(member, tables)) is not None]
    if not found:
        wanted = ", ".join(f"{one.name} ({' or '.join(one.metrics)})" for one in suite_set.members)
        raise DataError(f"no score of any task of {suite_set.name}; it needs {wanted}")
    spreads = {member.name: _spread(member, table, bootstrap=bootstrap) for member, table in found}
    beside = {m.name: _against(m, table, baseline, bootstrap=bootstrap) for m, table in found} if baseline else {}
    missing = tuple(one.name for one in suite_set.members if one.name not in spreads)
    total = sum(table.n for _, table in found)
    over = _estimate(np.mean(list(spreads.values()), axis=0), bootstrap, n=total, num_tasks=len(spreads))
    return SetResult(
        suite_set=suite_set,
        tasks=tuple(_figure(member, table, spreads, beside, bootstrap) for member, table in found),
        missing=missing,
        aggregate=None if missing else over,
        partial=over,
        gains=gains(suite_set.members, after=spreads, before=beside, bootstrap=bootstrap) if baseline else None,
    )


def _pick(member: Member, tables: Sequence[Table]) -> Table | None:
    """The table of the first metric that there is, with its examples alone; one that is called like the task before others of its suite.

    Raises:
        DataError: several others are of its suite.
    """
    for metric in member.metrics:
        scored = [part for one in tables if one.metric == metric for part in _measured(member, one)]
        for name in member.names:
            found = [one for one in scored if one.task == name] or [
                one for one in scored if one.about.get("suite") == name
            ]
            if len(found) > 1:
                given = ", ".join(one.task for one in found)
                raise DataError(f"{given} are all scores of {member.name}; give the folder of the one that is meant")
            if found:
                return found[0]
    return None


def _measured(member: Member, table: Table) -> Iterator[Table]:
    """Its examples of the member's, where one of them has a value."""
    chosen = _part(member, table)
    if not np.isnan(chosen.values).all():
        yield chosen


def _part(member: Member, table: Table) -> Table:
    return table.only(member.examples) if member.examples else table


def _scale(member: Member, table: Table) -> float:
    return dict(member.scales).get(table.metric, 1.0)


def _spread(member: Member, table: Table, *, bootstrap: Bootstrap) -> Floats:
    """(1 + resamples,) means over wordings, as measured and on each resample."""
    return resampled_mean(table.values, bootstrap=bootstrap, name=member.name) / _scale(member, table)


def _against(member: Member, table: Table, baseline: Sequence[Table], *, bootstrap: Bootstrap) -> Floats | None:
    """The baseline's means on the same draws of the same examples, by the same metric."""
    before = [_part(member, one) for one in baseline if (one.task, one.metric) == (table.task, table.metric)]
    if not before:
        return None
    if (before[0].examples, before[0].n) != (table.examples, table.n):
        counts = f"{before[0].n} against {table.n}"
        raise DataError(
            f"{member.name}: the baseline was scored on other examples ({counts}); score both on the same ones"
        )
    return _spread(member, before[0], bootstrap=bootstrap)


def _figure(
    member: Member,
    table: Table,
    spreads: Mapping[str, Floats],
    beside: Mapping[str, Floats | None],
    bootstrap: Bootstrap,
) -> TaskFigure:
    before = beside.get(member.name)
    return TaskFigure(
        task=member.name,
        group=member.group,
        metric=table.metric,
        estimate=_estimate(spreads[member.name], bootstrap, n=table.n),
        best_wording=float(np.nanmax(wording_means(table.values))) / _scale(member, table),
        num_wordings=len(table.templates),
        baseline=None if before is None else float(before[0]),
        fixed=table.fixed,
        about=table.about,
    )


def _estimate(spread: Floats, bootstrap: Bootstrap, *, n: int, num_tasks: int = 1) -> Estimate:
    low, high = bounds(spread[1:], confidence=bootstrap.confidence)
    return Estimate(mean=float(spread[0]), low=low, high=high, n=n, num_tasks=num_tasks)
