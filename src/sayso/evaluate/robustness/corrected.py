"""Sensitivity with the noise of finitely many examples removed, its interval, and the chance of such a value where wording does not matter.

For one task, r = theta / mu: the spread of the true means of these wordings over their mean. S^2 - noise estimates theta^2 without bias, so

    D(r) = S^2 - noise - r^2 * mean^2

has about expectation 0 at the true r. Its variance there and its skewness follow from quadratic forms of normal vectors: with A = mean * r,

    variance  2 wobble + 4 A^2 g,    third cumulant  8 wobble^2 / noise + 24 A^2 g along,    g = along - 2 r cross + r^2 level,

where g is the variance of the spread's direction less r times the level: an example that is hard under every wording moves both. The interval holds every r
that D does not refuse at its quantiles (of a Pearson III distribution, by Wilson and Hilferty), so it has no need of resampling, which would add the noise once
more. Its lower end is 0 where chance would do, and both are where the wordings lie closer together than chance would have them.

Over tasks, Sensitivity is the mean of r. A root has no unbiased estimate near 0, so roots are not averaged: the mean of r is bounded from both sides by what squares say (`pooling`).
The interval runs from the lower end of the one bound to the upper end of the other, each at half of what may be missed; so it is as sure as it says whatever the tasks are like, narrow where they are
alike or well measured, and wider than need be where neither is so. The estimate lies between the bounds, two thirds of the way to the upper one on the scale of logarithms, which is exact
for tasks that are alike and near for r spread like an exponential, a half normal or a gamma variable. The interval lies within the mean of intervals of the tasks that hold all at once
(Bonferroni), so that one task with a clear spread is not lost among others without; otherwise its lower end is 0 where the test of zero does not refuse.

The root of the mean square over tasks, at least the mean, is found without such trouble and stands beside it.

The parameter is about these wordings, not about wordings that others would write, and about examples of this kind.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from statistics import NormalDist

import numpy as np

from sayso.evaluate.robustness.moments import Moments
from sayso.evaluate.robustness.pearson import chance
from sayso.evaluate.robustness.pooling import Pooled, Squares, lower
from sayso.evaluate.sensitivity import Floats

__all__ = ["bracket", "correct", "Corrected", "Interval", "solve", "stack", "too_calm"]

NAMES = tuple(field.name for field in fields(Moments))
CALM = 0.001
LEAST_SHARE = 0.25
"""No lower bound is taken to be less than this share of the upper one, for the estimate: it may well be none at all."""
UPWARDS = 2 / 3
"""Where the estimate lies between the bounds, on the scale of logarithms."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Corrected:
    """Corrected Sensitivity: `mean` is at least 0, `untruncated` below it where noise explains more than the spread (the root of the size, with its sign).

    `p_value` is the chance of so much spread, or more, where no wording differs, by the distribution of D(0). `rms` is the root of the mean square over tasks.
    """

    mean: float
    untruncated: float
    low: float
    high: float
    p_value: float
    num_tasks: int
    rms: float
    rms_low: float
    rms_high: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Interval:
    """As Corrected, over many sets of tasks at once: arrays without the axis of tasks."""

    untruncated: Floats
    low: Floats
    high: Floats
    p_value: Floats
    rms: Floats
    rms_low: Floats
    rms_high: Floats


def stack(tasks: Sequence[Moments]) -> Moments:
    """One array of each figure, over tasks."""
    return Moments(**{name: np.array([float(getattr(one, name)) for one in tasks]) for name in NAMES})


def correct(tasks: Sequence[Moments], *, confidence: float = 0.95) -> Corrected | None:
    """Corrected Sensitivity over tasks; those whose mean is not above 0 have none and are left out."""
    defined = [one for one in tasks if float(one.mean) > 0]
    if not defined:
        return None
    found = solve(stack(defined), confidence=confidence)
    value, low, high = float(found.untruncated), float(found.low), float(found.high)
    return Corrected(
        mean=min(max(value, low), high),
        untruncated=value,
        low=low,
        high=high,
        p_value=float(found.p_value),
        num_tasks=len(defined),
        rms=float(found.rms),
        rms_low=float(found.rms_low),
        rms_high=float(found.rms_high),
    )


def too_calm(tasks: Sequence[Moments]) -> bool:
    """Whether some task's means lie closer together than its noise allows, at 0.1 % over all tasks: then the noise is less than was said."""
    return any(_chance_of_less(one) < CALM / len(tasks) for one in tasks)


def _chance_of_less(task: Moments) -> float:
    noise, wobble = np.asarray(task.noise), np.asarray(task.wobble)
    if not noise > 0:
        return 1.0
    return 1 - float(chance(task.spread - noise, cumulants=(2 * wobble, 8 * wobble**2 / noise)))


def bracket(tasks: Sequence[Moments], *, confidence: float = 0.95) -> Corrected | None:
    """Where the noise is known to be at most what is said: low end and value with all of it removed, high end with none."""
    floored = [replace(one, spread=np.maximum(one.spread, one.noise)) for one in tasks]
    least = correct(floored, confidence=confidence)
    most = correct([replace(one, noise=0 * one.noise, wobble=0 * one.wobble) for one in tasks], confidence=confidence)
    if least is None or most is None:
        return None
    return replace(least, high=max(least.high, most.high), rms_high=max(least.rms_high, most.rms_high))


def solve(tasks: Moments, *, confidence: float = 0.95) -> Interval:
    """Estimates and intervals where tasks are the last axis of every figure."""
    squares, num_tasks = Squares.of(tasks), tasks.mean.shape[-1]
    tail = NormalDist().inv_cdf(0.5 + confidence / 2)
    mean, square = Pooled(squares), Pooled(squares, quadratic=True)
    p_value = _p_value(tasks)
    low, high, estimate = mean.root(tail), mean.root(-tail), mean.estimate()
    least, most = square.root(tail), square.root(-tail)
    if num_tasks > 1:
        below, error = lower(squares)
        sure = p_value <= (1 - confidence) / 2
        alone = Pooled(Squares.of(_each_alone(tasks)))
        wide = NormalDist().inv_cdf(1 - (1 - confidence) / 2 / num_tasks)
        low = np.maximum(np.where(sure, below - tail * error, 0.0), alone.root(wide).mean(axis=-1))
        high = np.minimum(np.minimum(high + mean.missed, most), alone.root(-wide).mean(axis=-1))
        estimate = _between(below, estimate)
    return Interval(
        untruncated=estimate,
        low=np.maximum(low, 0.0),
        high=np.maximum(low, high),
        p_value=p_value,
        rms=np.clip(square.estimate(), least, most),
        rms_low=least,
        rms_high=most,
    )


def _between(below: Floats, above: Floats) -> Floats:
    """Of two bounds; the upper one where it is not above 0."""
    share = np.divide(below, above, out=np.ones_like(above), where=above > 0)
    return np.asarray(above * np.clip(share, LEAST_SHARE, 1.0) ** (1 - UPWARDS))


def _each_alone(tasks: Moments) -> Moments:
    return Moments(**{name: getattr(tasks, name)[..., None] for name in NAMES})


def _p_value(tasks: Moments) -> Floats:
    """Of the sum over tasks of S^2 in units of its noise; a task without noise tells nothing, or everything."""
    known = tasks.noise > 0
    unit = np.where(known, tasks.noise, 1.0)
    over = np.where(known, tasks.spread / unit - 1, np.where(tasks.spread > 0, np.inf, 0.0)).sum(axis=-1)
    ratio = np.where(known, tasks.wobble / unit**2, 0.0)
    return chance(over, cumulants=((2 * ratio).sum(axis=-1), (8 * ratio**2).sum(axis=-1)))
