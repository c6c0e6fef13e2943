"""Means and quantiles of numbers of which some are missing: NaN is left out and never counts as 0, and what has nothing behind it is NaN."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["bounds", "Floats", "known_mean", "ratio", "resampled_means"]

Floats: TypeAlias = npt.NDArray[np.float64]
"""Numbers; NaN marks what could not be scored."""


def ratio(part: Floats, whole: Floats) -> Floats:
    """`part` over `whole`, element by element; NaN where `whole` is not above 0."""
    return np.asarray(np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=whole > 0))


def known_mean(values: Floats, *, axis: int = -1) -> Floats:
    """The mean along an axis of what is known there."""
    known = ~np.isnan(values)
    return ratio(np.where(known, values, 0.0).sum(axis=axis), known.sum(axis=axis))


def resampled_means(scores_WN: Floats, *, counts_RN: Floats) -> Floats:
    """The mean of each of W wordings where example n counts `counts_RN[r, n]` times, (R, W); NaN where no example with a score does."""
    scored = ~np.isnan(scores_WN)
    return ratio(counts_RN @ np.where(scored, scores_WN, 0.0).T, counts_RN @ scored.T.astype(np.float64))


def bounds(drawn: Floats, *, confidence: float) -> tuple[float, float]:
    """The percentiles between which the middle share `confidence` of the known draws lies, (draws,) -> (low, high); NaN where none is."""
    known, tail = drawn[~np.isnan(drawn)], (1 - confidence) / 2
    if not len(known):
        return np.nan, np.nan
    low, high = np.quantile(known, [tail, 1 - tail])
    return float(low), float(high)
