"""How large a difference is, apart from how sure: effect sizes, and the smallest difference that a design could see.

Per example, a difference is the mean over its wordings. Cohen's dz is its mean over its standard deviation (Cohen 1988, 2.3.5); Cohen's h
compares two shares on the arcsine scale (6.2) and the odds of discordant pairs say how many got right for each that got wrong, both for 0/1 scores.
The smallest visible difference is what a two-sided test at `alpha` finds in 80 of 100 tries, by the normal approximation, with the spread that was seen.
"""

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import Any

import numpy as np

from sayso.evaluate.comparing.pairing import is_binary
from sayso.evaluate.comparing.resampling import PairMeans
from sayso.evaluate.sensitivity import Floats, wording_means

__all__ = ["effect_sizes", "example_differences", "smallest_visible"]

POWER = 0.8


def example_differences(task: PairMeans) -> Floats:
    """Second minus first per example, the mean over its scored wordings."""
    return wording_means((task.second - task.first).T)


def effect_sizes(task: PairMeans) -> dict[str, Any]:
    """Effect sizes of one task; None where undefined, and for scores between 0 and 1 those of shares are left out as None."""
    differences = example_differences(task)
    spread = float(differences.std(ddof=1)) if len(differences) > 1 else 0.0
    binary = is_binary(task.first) and is_binary(task.second)
    return {
        "cohens_dz": float(differences.mean()) / spread if spread > 1e-12 else None,
        "cohens_h": _cohens_h(task) if binary else None,
        **(_discordant(task) if binary else {"num_better": None, "num_worse": None, "discordant_odds": None}),
    }


def _cohens_h(task: PairMeans) -> float:
    first, second = (float(wording_means(scores).mean()) for scores in (task.first, task.second))
    return 2 * math.asin(math.sqrt(second)) - 2 * math.asin(math.sqrt(first))


def _discordant(task: PairMeans) -> dict[str, Any]:
    better = int((task.second > task.first).sum())
    worse = int((task.second < task.first).sum())
    return {"num_better": better, "num_worse": worse, "discordant_odds": better / worse if worse else None}


def smallest_visible(tasks: Sequence[PairMeans], *, alpha: float) -> float | None:
    """Of the mean over tasks; None where no example differs or none can vary."""
    variances = [_variance(task) for task in tasks]
    if None in variances or not sum(known := [one for one in variances if one is not None]) > 0:
        return None
    quantiles = NormalDist().inv_cdf(1 - alpha / 2) + NormalDist().inv_cdf(POWER)
    return quantiles * math.sqrt(sum(known)) / len(known)


def _variance(task: PairMeans) -> float | None:
    """Of the mean of the differences of a task, over its units; None of a single one."""
    differences, unit_N = example_differences(task), task.scores.unit_of
    number = int(unit_N.max()) + 1
    if number < 2:
        return None
    off = np.bincount(unit_N, weights=differences - differences.mean())
    return float((off**2).sum()) * number / (number - 1) / len(differences) ** 2
