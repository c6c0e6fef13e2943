"""Rows that stand for a pool: the one nearest to each of k centres.

k-means after Lloyd, begun with centres drawn as in k-means++ (Arthur and Vassilvitskii 2007), on vectors of length 1; all chance comes from the seed, ties go to the lower row.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sayso.seeds import Stream

__all__ = ["nearest_to_centres"]

Floats = NDArray[np.floating[Any]]
ROUNDS = 50


def nearest_to_centres(vectors: Floats, *, count: int, seed: int) -> list[int]:
    """At most `count` different rows of `vectors` (N, d), in ascending order; all of them where there are no more."""
    if len(vectors) <= count:
        return list(range(len(vectors)))
    units = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    centres = _settled(units, _drawn(units, count, Stream(seed, "anchors")))
    return sorted({int(row) for row in _distances(units, centres).argmin(axis=0)})


def _drawn(units: Floats, count: int, chance: Stream) -> Floats:
    """First centres, each drawn in proportion to its squared distance from those before."""
    rows = [chance.below(len(units))]
    for _ in range(count - 1):
        nearest = _distances(units, units[rows]).min(axis=1)
        if nearest.sum() <= 1e-12:  # no other direction is left
            break
        rows.append(
            min(
                int(np.searchsorted(np.cumsum(nearest), chance.uniform(0, float(nearest.sum())), side="right")),
                len(units) - 1,
            )
        )
    return units[rows]


def _settled(units: Floats, centres: Floats) -> Floats:
    before = np.full(len(units), -1)
    for _ in range(ROUNDS):
        own = _distances(units, centres).argmin(axis=1)
        if (own == before).all():
            break
        before = own
        centres = np.stack(
            [
                units[own == number].mean(axis=0) if (own == number).any() else centre
                for number, centre in enumerate(centres)
            ]
        )
    return centres


def _distances(units: Floats, centres: Floats) -> Floats:
    """(N, k), squared."""
    squares = (units**2).sum(1)[:, None] + (centres**2).sum(1)[None] - 2 * units @ centres.T
    found: Floats = np.maximum(squares, 0.0)
    return found
