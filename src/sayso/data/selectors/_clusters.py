"""k-means on unit vectors, the same on every machine: Lloyd's steps from k-means++ (Arthur and Vassilvitskii 2007), on the grid of `_vectors`.

Inner products are exact there, sums of a cluster's vectors too, and a mean is rounded to the grid again, so that no assignment hangs on the last digit
of a matrix product. scikit-learn's and faiss's do, and would bring 70 megabytes for these few lines; see the decision note.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sayso.data.features._protocol import Vectors
from sayso.data.scorers._protocol import Floats
from sayso.data.selectors._protocol import Ints
from sayso.data.selectors._vectors import blocks, on_grid
from sayso.seeds import Stream

__all__ = ["Clusters", "k_means"]


@dataclass(frozen=True, kw_only=True)
class Clusters:
    """`labels` say which centre each of N vectors is nearest to, (N,), `centres` are on the grid, (k, d), `squares` squared distances to the own one, (N,)."""

    labels: Ints
    centres: Vectors
    squares: Floats

    @property
    def members(self) -> list[Ints]:
        """The rows of each cluster in their order; some may be empty."""
        return [np.flatnonzero(self.labels == label) for label in range(len(self.centres))]


def k_means(vectors: Vectors, count: int, *, seed: int, rounds: int = 50) -> Clusters:
    """`count` clusters (or as many as there are vectors) of vectors on the grid, (N, d); chance comes from `seed`.

    Ends when no vector changes its cluster, or after so many rounds. A cluster that runs empty keeps its centre.
    """
    centres = _spread(vectors, min(count, len(vectors)), chance=Stream("k_means", seed))
    labels, squares = _assign(vectors, centres)
    for _ in range(rounds):
        before = labels
        centres = _means(vectors, labels, centres)
        labels, squares = _assign(vectors, centres)
        if np.array_equal(before, labels):
            break
    return Clusters(labels=labels, centres=centres, squares=squares)


def _spread(vectors: Vectors, count: int, *, chance: Stream) -> Vectors:
    """Vectors far from one another: each next one in proportion to its squared distance to the nearest before it (any, where all are 0)."""
    rows: list[int] = []
    nearest = np.ones(len(vectors))
    for _ in range(count):
        weights = nearest if nearest.any() else np.ones(len(vectors))
        ends = np.cumsum(weights)
        row = int(np.searchsorted(ends, chance.uniform(0.0, float(ends[-1])), side="right"))
        row = min(row, int(np.flatnonzero(weights)[-1]))
        own = _assign(vectors, vectors[row : row + 1])[1]
        nearest = np.minimum(nearest, own) if rows else own
        rows.append(row)
    return vectors[rows]


def _assign(vectors: Vectors, centres: Vectors) -> tuple[Ints, Floats]:
    """The nearest centre of each vector, the first of equals, and the squared distance to it."""
    labels = np.zeros(len(vectors), dtype=np.int64)
    squares = np.zeros(len(vectors))
    own = _squares(centres)
    for some in blocks(len(vectors)):
        away = own - 2 * (vectors[some] @ centres.T).astype(np.float64)
        labels[some] = away.argmin(axis=1)
        squares[some] = _squares(vectors[some]) + away[np.arange(len(away)), labels[some]]
    return labels, squares


def _squares(vectors: Vectors) -> Floats:
    return np.asarray(np.einsum("nd,nd->n", vectors, vectors), dtype=np.float64)


def _means(vectors: Vectors, labels: Ints, centres: Vectors) -> Vectors:
    """The mean of each cluster, on the grid; an empty one keeps its centre."""
    means = centres.copy()
    order = np.argsort(labels, kind="stable")
    ends = np.searchsorted(labels[order], np.arange(len(centres) + 1))
    for label, (start, end) in enumerate(pairwise(ends)):
        if start < end:
            means[label] = on_grid(vectors[order[start:end]].sum(axis=0, dtype=np.float64) / (end - start))
    return means
