"""Chance, twice: other test examples (bootstrap), and other names for the two models (swaps).

A resample draws examples of a task with replacement, the same for all runs and all wordings. A swap exchanges what the two models scored on an example,
under all its wordings together. Examples that share a picture are drawn and swapped together. Swaps come with probability one half: if the two are equal, the table is as likely after as before (the sign-flip test of
Fisher 1935, for any statistic). Both are told as means of wordings, from which every quantity is made; row 0 is what was measured.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from sayso.evaluate.comparing.pairing import TaskScores
from sayso.evaluate.intervals import Bootstrap, resample_counts
from sayso.evaluate.means import resampled_means
from sayso.evaluate.noise import random_words
from sayso.evaluate.sensitivity import Floats, wording_means

__all__ = ["pair_means", "PairMeans", "resampled", "swap_draws", "swapped"]

MAX_CELLS = 1 << 22


@dataclass(frozen=True, kw_only=True)
class PairMeans:
    """Means of the wordings of one task under the baseline (`first`) and another run (`second`), whose scores are (W, N): on each resample and after each swap, (1 + R, W)."""

    scores: TaskScores
    first: Floats = field(repr=False)
    second: Floats = field(repr=False)
    resampled: tuple[Floats, Floats] = field(repr=False)
    swapped: tuple[Floats, Floats] = field(repr=False)


def pair_means(scores: TaskScores, *, place: int, bootstrap: Bootstrap, num_swaps: int) -> PairMeans:
    """The baseline against the run at `place`; draws depend on seed, task and number of examples alone."""
    first, second = scores.values[0], scores.values[place]
    unit_N = scores.unit_of
    counts = resample_counts(int(unit_N.max()) + 1, bootstrap=bootstrap, name=scores.task)[:, unit_N]
    return PairMeans(
        scores=scores,
        first=first,
        second=second,
        resampled=(resampled(first, counts=counts), resampled(second, counts=counts)),
        swapped=swapped(first, second, number=num_swaps, seed=bootstrap.seed, name=scores.task, unit_N=unit_N),
    )


def resampled(scores_WN: Floats, *, counts: Floats) -> Floats:
    """Means of wordings as measured and on each resample, (1 + R, W); NaN where it drew no scored example."""
    return np.concatenate([wording_means(scores_WN)[None, :], resampled_means(scores_WN, counts_RN=counts)])


def swapped(
    first_WN: Floats,
    second_WN: Floats,
    *,
    number: int,
    seed: int,
    name: str,
    unit_N: npt.NDArray[np.int64] | None = None,
) -> tuple[Floats, Floats]:
    """Means of wordings of both models as measured and after each swap, (1 + R, W) each; both have scores in the same places.

    Examples with the same number in `unit_N` are swapped together.
    """
    scored = ~np.isnan(first_WN)
    change_NW = np.where(scored, second_WN - first_WN, 0.0).T
    counts = scored.sum(axis=1)
    if unit_N is not None:
        change_NW = _sums(change_NW, unit_N=unit_N)
    draws = swap_draws(change_NW.shape[0], number=number, seed=seed, name=name)
    moved = np.concatenate([np.zeros((1, len(counts))), *(chunk @ change_NW for chunk in draws)]) / counts
    return wording_means(first_WN) + moved, wording_means(second_WN) - moved


def _sums(values_NW: Floats, *, unit_N: npt.NDArray[np.int64]) -> Floats:
    """Over the examples of each unit, (units, W)."""
    sums = np.zeros((int(unit_N.max()) + 1, values_NW.shape[1]))
    np.add.at(sums, unit_N, values_NW)
    return sums


def swap_draws(num_examples: int, *, number: int, seed: int, name: str) -> Iterator[Floats]:
    """Rows of fair zeros and ones, (number, num_examples) in all, in pieces that fit into memory; equal on every machine."""
    width = -(-num_examples // 64)
    words = random_words(number * width, seed, "swaps", name).reshape(number, width)
    step = max(1, MAX_CELLS // (64 * width))
    for first in range(0, number, step):
        yield _bits(words[first : first + step])[:, :num_examples]


def _bits(words_RM: npt.NDArray[np.uint64]) -> Floats:
    """The bits of each row of words, the lowest first."""
    little = words_RM.astype("<u8").view(np.uint8)
    return np.unpackbits(little, axis=1, bitorder="little").astype(np.float64)
