"""Contrasts of runs and what a few seeds say about them.

A claim's contrast is one number per seed: the weighted sum of measures of arms that were run with that seed. So everything that a seed changes for all
arms alike (data, pictures, base) cancels where the claim is about a difference, and nothing needs to be assumed about how arms correlate. Over seeds these
numbers have a mean, Student's t interval, and a two-sided p-value against the bound that the claim sets. A seed counts only where every arm of the
contrast was run and measured with it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, stdev

from sayso.pipeline.reproducing.found import ArmRun
from sayso.pipeline.reproducing.plan import Claim
from sayso.pipeline.studying.student import quantile, two_sided_p, visible_in_deviations

__all__ = [
    "contrast_values",
    "Estimate",
    "estimate",
    "level_of",
    "measured",
    "Runs",
    "smallest_visible",
    "Term",
    "terms_of",
]

TOLERANCE = 1e-9  # sums of the same numbers in another order are the same number
Runs = Mapping[tuple[str, int], ArmRun]


@dataclass(frozen=True, kw_only=True)
class Term:
    """A weight on a measure of an arm."""

    arm: str
    measure: str
    weight: float


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """Of values of seeds: mean, interval, two-sided p against a bound, and their standard deviation; with one value there is a mean alone."""

    mean: float
    low: float | None = None
    high: float | None = None
    p: float | None = None
    spread: float | None = None


def terms_of(claim: Claim) -> tuple[Term, ...]:
    """The contrast, each with its measure: that of the claim, or the one after the `/`."""
    split = [(*name.partition("/"), weight) for name, weight in claim.contrast.items()]
    return tuple(Term(arm=arm, measure=own or claim.measure, weight=weight) for arm, _, own, weight in split)


def measured(run: ArmRun | None, measure: str) -> float | None:
    """The number, or None where the run or the number is missing or not finite."""
    value = None if run is None else run.measures.get(measure)
    return value if value is not None and math.isfinite(value) else None


def contrast_values(terms: Sequence[Term], runs: Runs) -> dict[int, float]:
    """The contrast of every seed for which all its terms were measured, by seed, in order."""
    found = {}
    for seed in sorted({seed for _, seed in runs}):
        parts = [(term.weight, measured(runs.get((term.arm, seed)), term.measure)) for term in terms]
        known = [weight * value for weight, value in parts if value is not None]
        if known and len(known) == len(parts):
            found[seed] = math.fsum(known)
    return found


def level_of(confidence: float, *, looks: int = 1) -> float:
    """The confidence of each interval so that all `looks` together are wrong at most as often as one at `confidence` (Bonferroni)."""
    return 1 - (1 - confidence) / max(1, looks)


def estimate(values: Sequence[float], *, against: float = 0.0, confidence: float = 0.95) -> Estimate:
    """Mean, interval at `confidence` and p-value against `against`; values that do not vary have an interval without width.

    `values` must not be empty.
    """
    centre, number = mean(values), len(values)
    if number < 2:
        return Estimate(mean=centre)
    spread = stdev(values)
    error = spread / math.sqrt(number)
    half = quantile(confidence, number - 1) * error
    distance = abs(centre - against)
    if error > TOLERANCE * max(1.0, abs(centre)):
        p = two_sided_p(distance / error, number - 1)
    else:
        p = 1.0 if distance <= TOLERANCE else 0.0
    return Estimate(mean=centre, low=centre - half, high=centre + half, p=p, spread=spread)


def smallest_visible(spread: float, *, n: int, confidence: float = 0.95, power: float = 0.8) -> float | None:
    """How far above its bound a contrast must be for `n` seeds to show it with probability `power`, if it varies by `spread` from seed to seed.

    By the noncentral t distribution: 1.68 spreads with 5 seeds at 0.95, 1.00 with 10. None with fewer than two seeds, which show nothing.
    """
    return None if n < 2 else spread * visible_in_deviations(n, confidence=confidence, power=power)
