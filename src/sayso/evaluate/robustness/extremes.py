"""The worst and the best wording, and what they are worth on examples that did not choose them.

The lowest of many noisy means is too low (the winner's curse, turned round): part of it is bad luck that will not come again. So beside the score as measured stands `expected`. Where
examples are there, the worst wording of a random half of them is scored on the other half, over many halves; that is right for choosing on
half as many examples, and a little too mild for choosing on all. Where there are only means and their noise, each is drawn towards their mean by the share of the spread
that noise explains (James and Stein).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sayso.evaluate.intervals import Bootstrap
from sayso.evaluate.means import resampled_means
from sayso.evaluate.noise import random_words
from sayso.evaluate.robustness.moments import Moments
from sayso.evaluate.sensitivity import Floats

__all__ = ["Extreme", "extremes", "halved", "shrunk"]

MAX_HALVES = 400


@dataclass(frozen=True, kw_only=True, slots=True)
class Extreme:
    """A wording, its score as measured, and what to expect of it on other examples (None where nothing can tell)."""

    wording: str
    score: float
    expected: float | None


def extremes(
    means_W: Floats, *, wordings: Sequence[str], expected: tuple[float, float] | None
) -> tuple[Extreme, Extreme] | None:
    """Worst and best of the wordings with a score, the first of equals; `expected` is what each is worth elsewhere."""
    if np.isnan(means_W).all():
        return None
    worst, best = int(np.nanargmin(means_W)), int(np.nanargmax(means_W))
    low, high = expected or (None, None)
    return (
        Extreme(wording=wordings[worst], score=float(means_W[worst]), expected=low),
        Extreme(wording=wordings[best], score=float(means_W[best]), expected=high),
    )


def halved(scores_WN: Floats, *, bootstrap: Bootstrap, name: str) -> tuple[float, float] | None:
    """Mean over halves of the score, on the other half, of the wording that is worst and best on one; None under 4 examples."""
    usable = scores_WN[~np.isnan(scores_WN).all(axis=1)]
    num_examples = scores_WN.shape[1]
    if len(usable) < 2 or num_examples < 4:
        return None
    count = min(MAX_HALVES, bootstrap.num_resamples)
    words = random_words(count * num_examples, bootstrap.seed, "halves", name).reshape(count, num_examples)
    chosen = (words.argsort(axis=1).argsort(axis=1) < num_examples // 2).astype(np.float64)
    first, second = (resampled_means(usable, counts_RN=halves) for halves in (chosen, 1 - chosen))
    kept = ~np.isnan(first).any(axis=1)
    rows = np.arange(count)[kept]
    worst, best = (second[rows, pick(first[kept], axis=1)] for pick in (np.argmin, np.argmax))
    known = ~np.isnan(worst + best)
    return (float(worst[known].mean()), float(best[known].mean())) if known.any() else None


def shrunk(means_W: Floats, *, moments: Moments) -> tuple[float, float]:
    """The lowest and the highest mean, each drawn towards the mean of all by noise / spread."""
    spread = float(moments.spread)
    kept = max(0.0, 1 - float(moments.noise) / spread) if spread > 0 else 0.0
    centre = float(moments.mean)
    return centre + kept * (float(means_W.min()) - centre), centre + kept * (float(means_W.max()) - centre)
