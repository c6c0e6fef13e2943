"""What Sensitivity is where wording does not matter: the scores of every example dealt out anew among its wordings.

If no wording differs from another, the scores that an example got under its wordings could as well have come in any other order. Dealing them out at random, for each
example apart, keeps how hard the examples are and makes all wordings equal: the Sensitivity that is then found is the noise floor, and the share of deals with as much
spread as was measured is the p-value of a one-sided test (Pitman 1937). It is exact where scores are exchangeable within examples, however few there are.

The spread is compared in units of what the deals have on average, so that every task counts the same in the test.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from sayso.evaluate.intervals import Bootstrap
from sayso.evaluate.noise import random_words
from sayso.evaluate.robustness.moments import ROUNDING
from sayso.evaluate.sensitivity import Floats

__all__ = ["Floor", "noise_floor", "shuffled_means"]

CELLS = 2_000_000
"""Scores that are dealt out at once."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Floor:
    """The mean Sensitivity over deals, that of each task, and the share of deals at least as spread as the scores are, themselves counted in."""

    mean: float
    by_task: Mapping[str, float]
    p_value: float


def noise_floor(tasks: Mapping[str, Floats], *, bootstrap: Bootstrap) -> Floor | None:
    """Of scores without gaps, (wordings, examples) each; tasks with a mean of 0 or a single wording have none."""
    defined = {name: scores for name, scores in sorted(tasks.items()) if len(scores) > 1 and scores.mean() > 0}
    if not defined:
        return None
    floors: dict[str, float] = {}
    total = np.zeros(1 + bootstrap.num_resamples)
    for name, scores in defined.items():
        dealt = shuffled_means(scores, bootstrap=bootstrap, name=name)
        floors[name] = float(dealt.std(axis=-1, ddof=1).mean() / scores.mean())
        spread = np.concatenate([[scores.mean(axis=-1).var()], dealt.var(axis=-1)])
        unit = spread[1:].mean()
        total += spread / unit if unit > ROUNDING * scores.mean() ** 2 else 0.0
    share = (1 + (total[1:] >= total[0] * (1 - 1e-12)).sum()) / len(total)
    return Floor(mean=float(np.mean(list(floors.values()))), by_task=floors, p_value=float(share))


def shuffled_means(scores_WN: Floats, *, bootstrap: Bootstrap, name: str) -> Floats:
    """The wordings' means under each deal, (num_resamples, wordings); draws depend on seed and `name` alone."""
    num_wordings, num_examples = scores_WN.shape
    moving = (scores_WN != scores_WN[:1]).any(axis=0)
    dealt_WM, fixed = scores_WN[:, moving], scores_WN[0, ~moving].sum()
    if not moving.any():
        return np.full((bootstrap.num_resamples, num_wordings), fixed / num_examples)
    sums = [
        _dealt(dealt_WM, count=count, names=(bootstrap.seed, "deal", name, start))
        for start, count in _portions(bootstrap.num_resamples, cells=dealt_WM.size)
    ]
    return np.asarray((np.concatenate(sums) + fixed) / num_examples)


def _dealt(scores_WM: Floats, *, count: int, names: tuple[object, ...]) -> Floats:
    """Sums of the wordings over examples, (count, wordings)."""
    order = random_words(count * scores_WM.size, *names).reshape(count, *scores_WM.shape).argsort(axis=1)
    return np.asarray(np.take_along_axis(scores_WM[None], order, axis=1).sum(axis=-1))


def _portions(total: int, *, cells: int) -> Iterator[tuple[int, int]]:
    step = max(1, CELLS // cells)
    for start in range(0, total, step):
        yield start, min(step, total - start)
