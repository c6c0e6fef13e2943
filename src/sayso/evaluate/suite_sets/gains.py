"""Gains over a baseline, relative to it: per task, per group and overall, both ways in which they may be averaged.

With `a` after and `b` before, the mean of relative gains is mean((a - b) / b) and the gain of means is (mean(a) - mean(b)) / mean(b). The first lets a task with a low baseline weigh much, the second one with
large numbers. Draws of examples are shared by the two models, so intervals are paired. A task whose baseline is 0 has no relative gain and is named.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sayso.evaluate.intervals import Bootstrap
from sayso.evaluate.means import bounds
from sayso.evaluate.sensitivity import Floats
from sayso.evaluate.suite_sets._protocol import Member

__all__ = ["Gain", "Gains", "gains"]

OVERALL = "overall"


@dataclass(frozen=True, kw_only=True)
class Gain:
    """A relative gain with its interval, `of` a task or a group of `num_tasks`."""

    of: str
    mean: float
    low: float
    high: float
    num_tasks: int = 1


@dataclass(frozen=True, kw_only=True)
class Gains:
    """By task; by group and overall as mean of relative gains, and as gain of means; and what has none."""

    tasks: tuple[Gain, ...]
    mean_of_gains: tuple[Gain, ...]
    gain_of_means: tuple[Gain, ...]
    without: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        kinds = {"tasks": self.tasks, "mean_of_gains": self.mean_of_gains, "gain_of_means": self.gain_of_means}
        return {name: [_row(one) for one in some] for name, some in kinds.items()} | {"without": list(self.without)}


def _row(one: Gain) -> dict[str, Any]:
    return {"of": one.of, "mean": one.mean, "low": one.low, "high": one.high, "num_tasks": one.num_tasks}


def gains(
    members: Sequence[Member], *, after: Mapping[str, Floats], before: Mapping[str, Floats | None], bootstrap: Bootstrap
) -> Gains:
    """`after` and `before` are (1 + resamples,) means by task, as measured first."""
    paired = {name: (after[name], base) for name in after if (base := before.get(name)) is not None and base[0] != 0}
    groups: dict[str, list[str]] = {}
    for member in members:
        if member.name in paired:
            groups.setdefault(member.group, []).append(member.name)
            groups.setdefault(OVERALL, []).append(member.name)
    named = {group: names for group, names in groups.items() if group and group != OVERALL} | (
        {OVERALL: groups[OVERALL]} if OVERALL in groups else {}
    )
    return Gains(
        tasks=tuple(_gain(name, _relative(*paired[name]), bootstrap) for name in paired),
        mean_of_gains=tuple(
            _gain(g, _mean_of_gains(paired, names), bootstrap, len(names)) for g, names in named.items()
        ),
        gain_of_means=tuple(
            _gain(g, _gain_of_means(paired, names), bootstrap, len(names)) for g, names in named.items()
        ),
        without=tuple(name for name in after if name not in paired),
    )


def _relative(after: Floats, before: Floats) -> Floats:
    return np.asarray(np.divide(after - before, before, out=np.full(after.shape, np.nan), where=before != 0))


def _mean_of_gains(paired: Mapping[str, tuple[Floats, Floats]], names: Sequence[str]) -> Floats:
    return np.asarray(np.mean([_relative(*paired[name]) for name in names], axis=0))


def _gain_of_means(paired: Mapping[str, tuple[Floats, Floats]], names: Sequence[str]) -> Floats:
    return _relative(*(np.mean([paired[name][side] for name in names], axis=0) for side in (0, 1)))


def _gain(of: str, spread: Floats, bootstrap: Bootstrap, num_tasks: int = 1) -> Gain:
    low, high = bounds(spread[1:], confidence=bootstrap.confidence)
    return Gain(of=of, mean=float(spread[0]), low=low, high=high, num_tasks=num_tasks)
