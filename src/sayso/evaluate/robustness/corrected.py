"""Sensitivity with the noise of finitely many examples removed, its interval, and the chance of such a value where wording does not matter.

For one task, r = theta / mu: the spread of the true means of these wordings over their mean. S^2 - noise estimates theta^2 without bias, so

    D(r) = S^2 - noise - r^2 * mean^2

has about expectation 0 at the true r. Its variance there and its skewness follow from quadratic forms of normal vectors: with A = mean * r,

    variance  2 wobble + 4 A^2 g,    third cumulant  8 wobble^2 / noise + 24 A^2 g along,    g = along - 2 r cross + r^2 level,

where g is the variance of the spread's direction less r times the level: an example that is hard under every wording moves both. The interval holds every r
that D does not refuse at its quantiles (of a Pearson III distribution, by Wilson and Hilferty), so it has no need of resampling, which would add the noise once
more. Its lower end is 0 where chance would do, and both are where the wordings lie closer together than chance would have them.

Over tasks, Sensitivity is the mean of r. A root has no unbiased estimate near 0, so roots are not averaged: r of each task is taken as s * p, where p is a
pattern (tasks that differ by more than chance keep their differences, the others are drawn together, as James and Stein do), and s is found from the
D of all tasks, weighted by 1 / p. Where tasks are measured well this is the mean of their roots, where they are not it is the root of the mean square. The interval lies within the mean
of intervals of the tasks that hold all at once (Bonferroni), so that one task with a clear spread is not lost among others without.

The parameter is about these wordings, not about wordings that others would write, and about examples of this kind.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from statistics import NormalDist

import numpy as np

from sayso.evaluate.robustness.moments import Moments
from sayso.evaluate.sensitivity import Floats

__all__ = ["bracket", "chance", "correct", "Corrected", "Interval", "quantile", "solve", "stack", "too_calm"]

NAMES = tuple(field.name for field in fields(Moments))
STEPS = 50
TINY = 1e-18
CALM = 0.001
LIMIT = 2
"""How many standard errors a task's square may be drawn away."""
FLOOR = 1 / 3
"""No task is taken to be nearer 0 than this many standard errors of its square, or its weight would be without bound."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Corrected:
    """Corrected Sensitivity: `mean` is at least 0, `untruncated` below it where noise explains more than the spread (the root of the size, with its sign).

    `p_value` is the chance of so much spread, or more, where no wording differs, by the distribution of D(0).
    """

    mean: float
    untruncated: float
    low: float
    high: float
    p_value: float
    num_tasks: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Interval:
    """As Corrected, over many sets of tasks at once: arrays without the axis of tasks."""

    untruncated: Floats
    low: Floats
    high: Floats
    p_value: Floats


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
    return replace(least, high=max(least.high, most.high))


def solve(tasks: Moments, *, confidence: float = 0.95) -> Interval:
    """Estimates and intervals where tasks are the last axis of every figure."""
    together, num_tasks = _Together(tasks), tasks.mean.shape[-1]
    tail = NormalDist().inv_cdf(0.5 + confidence / 2)
    low, high = together.root(tail), together.root(-tail)
    if num_tasks > 1:
        alone = _Together(_each_alone(tasks))
        wide = NormalDist().inv_cdf(1 - (1 - confidence) / 2 / num_tasks)
        low = np.maximum(low, alone.root(wide).mean(axis=-1))
        high = np.minimum(high, alone.root(-wide).mean(axis=-1))
    return Interval(untruncated=together.estimate(), low=low, high=np.maximum(low, high), p_value=_p_value(tasks))


def _each_alone(tasks: Moments) -> Moments:
    return Moments(**{name: getattr(tasks, name)[..., None] for name in NAMES})


def _p_value(tasks: Moments) -> Floats:
    """Of the sum over tasks of S^2 in units of its noise; a task without noise tells nothing, or everything."""
    known = tasks.noise > 0
    unit = np.where(known, tasks.noise, 1.0)
    over = np.where(known, tasks.spread / unit - 1, np.where(tasks.spread > 0, np.inf, 0.0)).sum(axis=-1)
    ratio = np.where(known, tasks.wobble / unit**2, 0.0)
    return chance(over, cumulants=((2 * ratio).sum(axis=-1), (8 * ratio**2).sum(axis=-1)))


class _Together:
    """Sum over tasks of the weighted D(s p), each over its squared mean; `s` has the shape without tasks."""

    def __init__(self, tasks: Moments) -> None:
        self.unit = tasks.mean**2
        self.square = (tasks.spread - tasks.noise) / self.unit
        self.shape = self.square.shape[:-1]
        self.tasks = tasks
        root = np.sqrt(np.maximum(self.square, 0.0))
        self.slope = np.maximum(tasks.along - 2 * root * tasks.cross + root**2 * tasks.level, 0.0)
        calm = 2 * tasks.wobble / self.unit**2
        self.pattern = _pattern(self.square, noise=calm + 4 * root**2 * self.slope / self.unit, calm=calm)
        self.weight = 1 / self.pattern

    def estimate(self) -> Floats:
        """The root of the pooled square, with its sign."""
        square = (self.weight * self.square).sum(axis=-1) / self.pattern.sum(axis=-1)
        return np.asarray(np.sign(square) * np.sqrt(np.abs(square)))

    def gap(self, s: Floats) -> Floats:
        """What is left of the squares at `s`: falls with it."""
        return np.asarray((self.weight * self.square).sum(axis=-1) - s**2 * self.pattern.sum(axis=-1))

    def cumulants(self, s: Floats) -> tuple[Floats, Floats]:
        """Variance and third cumulant of the gap where `s` is true."""
        tasks, unit, weight = self.tasks, self.unit, self.weight
        moved = 4 * (s[..., None] * self.pattern) ** 2 * unit * self.slope
        second = weight**2 * (2 * tasks.wobble + moved) / unit**2
        calm = np.divide(8 * tasks.wobble**2, tasks.noise, out=np.zeros_like(unit), where=tasks.noise > 0)
        third = weight**3 * (calm + 6 * moved * tasks.along) / unit**3
        return np.asarray(second.sum(axis=-1)), np.asarray(third.sum(axis=-1))

    def root(self, z: float) -> Floats:
        """The `s` whose quantile at the normal deviate `z` the gap is; 0 where it is below that at 0 already."""
        low, high = np.zeros(self.shape), self._beyond(z)
        for _ in range(STEPS):
            middle = (low + high) / 2
            above = self.gap(middle) > quantile(z, cumulants=self.cumulants(middle))
            low, high = np.where(above, middle, low), np.where(above, high, middle)
        return np.where(low > 0, (low + high) / 2, 0.0)

    def _beyond(self, z: float) -> Floats:
        """An `s` that is surely refused."""
        most = np.full(self.shape, 1e-3) + np.abs(self.estimate())
        for _ in range(STEPS):
            short = self.gap(most) > quantile(z, cumulants=self.cumulants(most))
            if not short.any():
                break
            most = np.where(short, 2 * most, most)
        return most


def _pattern(square: Floats, *, noise: Floats, calm: Floats) -> Floats:
    """How r differs from task to task, with the mean 1, from its squares, their variances, and these where no wording differs.

    Squares are drawn towards their mean by the share of chance in their differences (DerSimonian and Laird's moments), but none further than two of its own
    standard errors (Efron and Morris' limited translation).
    """
    if square.shape[-1] < 2:
        return np.ones_like(square)
    weight = 1 / np.maximum(calm, TINY)
    weight = weight / weight.sum(axis=-1, keepdims=True)
    centre = (weight * square).sum(axis=-1, keepdims=True)
    chance_alone = (weight * (1 - weight) * noise).sum(axis=-1, keepdims=True)
    found = (weight * (square - centre) ** 2).sum(axis=-1, keepdims=True)
    between = np.maximum(found - chance_alone, 0.0) / np.maximum(1 - (weight**2).sum(axis=-1, keepdims=True), TINY)
    kept = between / np.maximum(between + noise, TINY)
    error = np.sqrt(noise)
    drawn = np.clip(centre + kept * (square - centre), square - LIMIT * error, square + LIMIT * error)
    least = np.where(centre > 0, np.minimum(FLOOR * error, centre), FLOOR * error)
    root = np.sqrt(np.maximum(np.maximum(drawn, least), TINY))
    return np.asarray(root / root.mean(axis=-1, keepdims=True))


def quantile(z: float, *, cumulants: tuple[Floats, Floats]) -> Floats:
    """Of a centred Pearson III distribution with this variance and third cumulant, at the normal deviate `z` (Wilson and Hilferty 1931)."""
    deviation, skew = _shape(cumulants)
    cube = np.maximum(1 + skew * z / 6 - skew**2 / 36, 0.0) ** 3
    return np.asarray(deviation * 2 / skew * (cube - 1))


def chance(value: Floats, *, cumulants: tuple[Floats, Floats]) -> Floats:
    """Chance that such a variable is `value` or more; 1 where it cannot vary and `value` is not above 0."""
    deviation, skew = _shape(cumulants)
    scaled = np.divide(value, deviation, out=np.where(value > 0, np.inf, -np.inf), where=deviation > 0)
    z = (np.cbrt(1 + skew * np.clip(scaled, -2 / skew, 1e6) / 2) - 1 + skew**2 / 36) * 6 / skew
    return np.array([NormalDist().cdf(-one) for one in z.ravel()]).reshape(z.shape)


def _shape(cumulants: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    second, third = cumulants
    deviation = np.sqrt(second)
    skew = np.divide(third, second * deviation, out=np.zeros_like(second), where=second > 0)
    return deviation, np.clip(skew, 1e-6, np.sqrt(8.0))
