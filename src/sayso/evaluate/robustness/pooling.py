"""The mean over tasks of a root that no task shows: bounds from squares, which have estimates without bias.

r of a task is the root of a square x. A root near 0 has no unbiased estimate, but lies under every tangent and over every cubic that touches it,

    (3 x / s - x^2 / s^3) / 2  <=  r  <=  (x / s + s) / 2    for every s > 0,

with equality at r = s, and both sides have unbiased estimates, since x and x^2 do. Summed over tasks and at their best s these are the inequalities of Jensen,
mean r <= root of mean x, and of Hoelder, mean r >= (mean x)^1.5 / (mean x^2)^0.5: the upper one is exact where all tasks are alike, the lower one also where some have
no spread and the others are alike.

`Pooled` solves for the upper side, or for the root of the mean square itself; `lower` is the lower side with its standard error.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sayso.evaluate.robustness.moments import Moments
from sayso.evaluate.robustness.pearson import quantile
from sayso.evaluate.sensitivity import Floats

__all__ = ["lower", "Pooled", "Squares"]

STEPS = 50
TINY = 1e-18
LIMIT = 2
"""How many standard errors a task's square may be drawn away."""
FLOOR = 1 / 3
"""No task is taken to be nearer 0 than this many standard errors of its square, or its weight would be without bound."""
CLEAR = 3
"""A square of this many standard errors has a root of its own."""
LEAST = 2
"""What s^2 is at least, in standard errors of a square without spread: nearer 0 the cubic is too steep for what is known of x^2."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Squares:
    """Squares of r with their chance, arrays with tasks as the last axis, in units of squared means.

    `calm` and `calm_third` are variance and third cumulant where no wording differs, `slope` and `along` what a square adds to them: 4 x slope, 24 x slope along.
    """

    square: Floats
    calm: Floats
    calm_third: Floats
    slope: Floats
    along: Floats

    @staticmethod
    def of(tasks: Moments) -> "Squares":
        """From moments; of several tasks, less what the chance of their own means adds to a ratio."""
        unit = tasks.mean**2
        square = (tasks.spread - tasks.noise) / unit
        root = np.sqrt(np.maximum(square, 0.0))
        slope = np.maximum(tasks.along - 2 * root * tasks.cross + root**2 * tasks.level, 0.0) / unit
        third = np.divide(8 * tasks.wobble**2, tasks.noise, out=np.zeros_like(unit), where=tasks.noise > 0)
        if square.shape[-1] > 1:
            square = (square + 4 * root * tasks.cross / unit) / (1 + 3 * tasks.level / unit)
        return Squares(
            square=square,
            calm=2 * tasks.wobble / unit**2,
            calm_third=third / unit**3,
            slope=slope,
            along=tasks.along / unit,
        )

    def variance(self, square: Floats) -> Floats:
        """Of the squares where `square` is true."""
        return np.asarray(self.calm + 4 * square * self.slope)

    def third(self, square: Floats) -> Floats:
        """Their third cumulant there."""
        return np.asarray(self.calm_third + 24 * square * self.slope * self.along)

    @property
    def seen(self) -> Floats:
        """The variance at the squares as measured, none below 0."""
        return self.variance(np.maximum(self.square, 0.0))


class Pooled:
    """Sum over tasks of weighted D(s p); `s` has the shape without tasks.

    The pattern p is r of each task, drawn together where chance explains their differences, over its mean and weighted by 1 / p, so that s is the mean of r; or with `quadratic` over
    its root mean square and not weighted, so that s is that of r. `missed` is how much the pattern, which is of the same scores, makes of the mean of r too little: k (2 - k) v / (8 p^3) per task with the share
    k of its own difference, the second term of a Taylor series, as far from 0 as it holds.
    """

    def __init__(self, squares: Squares, *, quadratic: bool = False) -> None:
        self.squares = squares
        root, kept = _drawn_together(squares)
        noise = squares.variance(root**2)
        steep = 8 * np.maximum(root**2, LEAST * np.sqrt(noise)) ** 1.5
        self.missed = np.divide(kept * (2 - kept) * noise, steep, out=np.zeros_like(root), where=steep > 0).mean(
            axis=-1
        )
        size = np.sqrt((root**2).mean(axis=-1, keepdims=True)) if quadratic else root.mean(axis=-1, keepdims=True)
        self.pattern = root / size
        self.weight = np.ones_like(root) if quadratic else 1 / self.pattern
        self.sum = (self.weight * squares.square).sum(axis=-1)
        self.scale = (self.weight * self.pattern**2).sum(axis=-1)

    def estimate(self) -> Floats:
        """The root of the pooled square, with its sign."""
        square = self.sum / self.scale
        return np.asarray(np.sign(square) * np.sqrt(np.abs(square)))

    def gap(self, s: Floats) -> Floats:
        """What is left of the squares at `s`: falls with it."""
        return np.asarray(self.sum - s**2 * self.scale)

    def cumulants(self, s: Floats) -> tuple[Floats, Floats]:
        """Variance and third cumulant of the gap where `s` is true."""
        square = (s[..., None] * self.pattern) ** 2
        second = (self.weight**2 * self.squares.variance(square)).sum(axis=-1)
        return np.asarray(second), np.asarray((self.weight**3 * self.squares.third(square)).sum(axis=-1))

    def root(self, z: float) -> Floats:
        """The `s` whose quantile at the normal deviate `z` the gap is; 0 where it is below that at 0 already."""
        low, high = np.zeros_like(self.sum), self._beyond(z)
        for _ in range(STEPS):
            middle = (low + high) / 2
            above = self.gap(middle) > quantile(z, cumulants=self.cumulants(middle))
            low, high = np.where(above, middle, low), np.where(above, high, middle)
        return np.where(low > 0, (low + high) / 2, 0.0)

    def _beyond(self, z: float) -> Floats:
        """An `s` that is surely refused."""
        most = 1e-3 + np.abs(self.estimate())
        for _ in range(STEPS):
            short = self.gap(most) > quantile(z, cumulants=self.cumulants(most))
            if not short.any():
                break
            most = np.where(short, 2 * most, most)
        return np.asarray(most)


def _drawn_together(squares: Squares) -> tuple[Floats, Floats]:
    """What r of each task is taken to be, from its squares and their variances, and the share of its own difference from their mean that it keeps.

    Squares are drawn towards their mean by the share of chance in their differences (DerSimonian and Laird's moments, every task with the same weight: a task of
    little noise has as a rule little spread), but none further than two of its own standard errors (Efron and Morris' limited translation).
    """
    square, noise = squares.square, squares.seen
    num_tasks = square.shape[-1]
    if num_tasks < 2:
        return np.ones_like(square), np.zeros_like(square)
    centre = square.mean(axis=-1, keepdims=True)
    between = np.maximum(square.var(axis=-1, ddof=1, keepdims=True) - noise.mean(axis=-1, keepdims=True), 0.0)
    kept = between / np.maximum(between + noise, TINY)
    error = np.sqrt(noise)
    drawn = np.clip(centre + kept * (square - centre), square - LIMIT * error, square + LIMIT * error)
    least = np.where(centre > 0, np.minimum(FLOOR * error, centre), FLOOR * error)
    return np.sqrt(np.maximum(np.maximum(drawn, least), TINY)), kept


def lower(squares: Squares) -> tuple[Floats, Floats]:
    """An estimate of at most the mean of r over tasks, and its standard error; for normal deviates, since its upper tail is the shorter one.

    Tasks whose square is clear of 0 give its root, the others share one s, the best for them. What choosing it has gained by chance is taken off.
    """
    unclear = squares.square <= CLEAR * np.sqrt(squares.seen)
    cubic, variance = _cubic(squares, unclear=unclear)
    clear = np.where(unclear, 0.0, np.sqrt(np.maximum(squares.square, TINY))).sum(axis=-1)
    free = np.where(unclear, 0.0, squares.seen / (4 * np.maximum(squares.square, TINY))).sum(axis=-1)
    num_tasks = unclear.shape[-1]
    return np.asarray((clear + cubic) / num_tasks), np.sqrt(free + variance) / num_tasks


def _cubic(squares: Squares, *, unclear: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """The sum of (3 x / s - x^2 / s^3) / 2 over the tasks that are `unclear`, at the best s, and its variance."""

    def total(values: Floats) -> Floats:
        return np.asarray(np.where(unclear, values, 0.0).sum(axis=-1, keepdims=True))

    number = np.maximum(total(np.ones_like(squares.square)), 1.0)
    fourth = squares.square**2 - squares.variance(squares.square)
    first, second = total(squares.square), total(fourth)
    least = LEAST * np.sqrt(total(squares.calm) / number)
    best = np.where(first > 0, second / np.maximum(first, TINY), 0.0)
    unit = np.maximum(np.maximum(best, least), TINY)
    x, xx, noise = squares.square / unit, fourth / unit**2, squares.seen / unit**2
    third = squares.third(np.maximum(squares.square, 0.0)) / unit**3
    bend = 2 * noise**2 + 1.5 * third**2 / np.maximum(noise, TINY)
    variance = np.maximum(total((9 - 12 * x + 4 * xx) * noise), total(noise))
    variance = variance + np.maximum(total(bend - 2 * third), total(bend) / 10)
    tilt = np.maximum(total((1 - 4 * x + 4 * xx) * noise), 0.0) + total(bend)
    luck = np.where(best > least, 3 / 8 * np.sqrt(unit) * unit / np.maximum(first, TINY) * tilt, 0.0)
    value = np.sqrt(unit) * (3 * total(x) - total(xx)) / 2 - luck
    return value[..., 0], (unit / 4 * variance)[..., 0]
