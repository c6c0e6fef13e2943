"""P-values: of a difference among its swaps, of discordant pairs, and of many tests at once.

- among swaps, p = (1 + number at least as far) / (1 + number of swaps), which is a valid p-value for any number of swaps (Phipson and Smyth 2010);
- McNemar's exact test: the binomial one on the pairs of which exactly one is right, for 0/1 scores under one wording;
- Holm 1979 keeps the chance of any false alarm in a family below alpha, under any dependence; Benjamini and Hochberg 1995 the share of false ones
  among those called.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sayso.evaluate.sensitivity import Floats

__all__ = ["benjamini_hochberg", "holm", "mcnemar", "PValues", "swap_test"]

TOLERANCE = 1e-9  # sums of the same numbers in another order are the same number


@dataclass(frozen=True, kw_only=True)
class PValues:
    """Of one difference: that it is not 0 (`both`), that it is below 0 (`less`) or above (`greater`); `test` names how."""

    both: float
    less: float
    greater: float
    test: str


def swap_test(differences: Floats) -> PValues:
    """The first is what was measured, the others what it is after swaps; NaN ones are as far as can be, so that they never help."""
    measured, others = differences[0], differences[1:]
    undefined = np.isnan(others)
    at_least = {
        "less": undefined | (others <= measured + TOLERANCE),
        "greater": undefined | (others >= measured - TOLERANCE),
        "both": undefined | (np.abs(others) >= abs(measured) - TOLERANCE),
    }
    shares = {name: (1 + int(far.sum())) / (1 + len(others)) for name, far in at_least.items()}
    return PValues(**shares, test="swaps")


def mcnemar(first: Floats, second: Floats) -> PValues:
    """Exact, on 0/1 scores of the same examples."""
    known = ~np.isnan(first)
    better = int((second[known] > first[known]).sum())
    worse = int((second[known] < first[known]).sum())
    less, greater = _upper_half(worse, better + worse), _upper_half(better, better + worse)
    return PValues(both=min(1.0, 2 * min(less, greater)), less=less, greater=greater, test="mcnemar")


def _upper_half(at_least: int, total: int) -> float:
    """P(X >= at_least) of a fair coin thrown `total` times."""
    logs = (
        math.lgamma(total + 1) - math.lgamma(k + 1) - math.lgamma(total - k + 1) for k in range(at_least, total + 1)
    )
    return min(1.0, math.fsum(math.exp(one - total * math.log(2)) for one in logs))


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values in the given order; at most alpha where Holm's procedure rejects at alpha."""
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    adjusted, highest = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, (len(order) - rank) * p_values[place]))
        adjusted[place] = highest
    return adjusted


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values in the given order."""
    order = sorted(range(len(p_values)), key=p_values.__getitem__, reverse=True)
    adjusted, lowest = [0.0] * len(p_values), 1.0
    for rank, place in enumerate(order):
        lowest = min(lowest, p_values[place] * len(order) / (len(order) - rank))
        adjusted[place] = lowest
    return adjusted
