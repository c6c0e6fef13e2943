"""Facility location: how near every row of a pool is to the nearest one that was chosen, summed.

    FL(A) = sum over v of max over a in A of cos(a, v)

Cosines are computed in blocks when they are asked for and never kept, so that memory does not grow with the square of the pool; or only those of
nearest neighbours are kept (`Neighbours`) and all others count as 0. FL of nothing is 0, yet cosines may be negative, which is
not submodular at the first step. So rows start covered to `FLOOR`, under any cosine; that adds the same number to every first gain, and `first`
is what to add to it to have the gain of FL itself.
"""

from collections.abc import Iterator

import numpy as np

from sayso.data.features._protocol import Vectors
from sayso.data.scorers._protocol import Floats
from sayso.data.selectors._protocol import Ints
from sayso.data.selectors._vectors import blocks, nearest

__all__ = ["Coverage", "coverage", "Neighbours"]

FLOOR = -1.5
ROWS = 256


def coverage(vectors: Vectors, *, neighbours: int | None, chosen: Ints) -> "Coverage | Neighbours":
    """The gain with all cosines, or with those of so many nearest rows."""
    if neighbours is None:
        return Coverage(vectors, chosen=chosen)
    return Neighbours(vectors, count=neighbours, chosen=chosen)


class Coverage:
    """The gain of facility location with every cosine; `vectors` are on the grid, (N, d)."""

    submodular = True

    def __init__(self, vectors: Vectors, *, chosen: Ints) -> None:
        self._vectors = vectors
        self._best = np.maximum(nearest(vectors, vectors[chosen]), np.float32(FLOOR))
        self._none_yet = not len(chosen)
        self.first = FLOOR * len(vectors) if self._none_yet else 0.0

    def gains(self, rows: Ints) -> Floats:
        """How much nearer the rows of the pool would be to the nearest chosen one, (k,)."""
        found = np.zeros(len(rows))
        total = self._vectors.sum(axis=0, dtype=np.float64) if self._none_yet else None
        for some in blocks(len(rows), of=ROWS):
            of = self._vectors[rows[some]]
            if total is not None:  # every row is nearer to anything than to nothing: no need for a maximum
                found[some] = of @ total - self.first
                continue
            for columns in blocks(len(self._vectors)):
                best = self._best[columns]
                covered = of @ self._vectors[columns].T
                found[some] += np.maximum(covered, best, out=covered).sum(axis=1, dtype=np.float64)
                found[some] -= best.sum(dtype=np.float64)
        return found

    def add(self, row: int) -> None:
        """Rows may be nearest to this one now."""
        np.maximum(self._best, self._vectors @ self._vectors[row], out=self._best)
        self._none_yet = False


class Neighbours:
    """The gain of facility location with the cosines of each row to its `count` nearest rows (itself among them) and of these to it."""

    submodular = True
    first = 0.0

    def __init__(self, vectors: Vectors, *, count: int, chosen: Ints) -> None:
        rows, others, cosines = _edges(vectors, count)
        self._starts = np.searchsorted(rows, np.arange(len(vectors) + 1))
        self._others = others
        self._cosines = cosines
        self._best = np.zeros(len(vectors), dtype=np.float32)
        for row in chosen.tolist():
            self.add(row)

    def gains(self, rows: Ints) -> Floats:
        """As for `Coverage`, over the neighbours of each row."""
        return np.array([self._gain(row) for row in rows.tolist()], dtype=np.float64)

    def add(self, row: int) -> None:
        """Its neighbours may be nearest to this one now."""
        near = self._near(row)
        others = self._others[near]
        self._best[others] = np.maximum(self._best[others], self._cosines[near])

    def _gain(self, row: int) -> float:
        near = self._near(row)
        nearer = self._cosines[near] - self._best[self._others[near]]
        return float(np.maximum(nearer, 0).sum(dtype=np.float64))

    def _near(self, row: int) -> slice:
        return slice(int(self._starts[row]), int(self._starts[row + 1]))


def _edges(vectors: Vectors, count: int) -> tuple[Ints, Ints, Vectors]:
    """Rows, their neighbours and the cosines of both, in both directions, by row; cosines of 0 and less count for nothing."""
    size = len(vectors)
    none = (np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))
    ones, others, cosines = (
        np.concatenate(pieces) for pieces in zip(none, *_nearest_rows(vectors, count), strict=True)
    )
    keys, first = np.unique(np.concatenate([ones * size + others, others * size + ones]), return_index=True)
    cosines = np.concatenate([cosines, cosines])[first]
    rows, others = np.divmod(keys[cosines > 0], max(1, size))
    return rows, others, cosines[cosines > 0]


def _nearest_rows(vectors: Vectors, count: int) -> Iterator[tuple[Ints, Ints, Vectors]]:
    """For blocks of rows each row as often as it has neighbours, these, and the cosines; of equally near rows the lower ones."""
    size = len(vectors)
    for some in blocks(size, of=max(1, (1 << 22) // max(1, size))):
        cosines = vectors[some] @ vectors.T
        near = np.ones(cosines.shape, dtype=bool) if count >= size else _largest(cosines, count)
        ones, others = np.nonzero(near)
        yield ones + some.start, others, cosines[near]


def _largest(values: Vectors, count: int) -> "np.ndarray[tuple[int, int], np.dtype[np.bool_]]":
    """Where the `count` largest of each row stand, of equals the first, (n, N)."""
    least = np.partition(values, values.shape[1] - count, axis=1)[:, -count, None]
    found = np.asarray(values >= least)
    for row in np.flatnonzero(found.sum(axis=1) > count).tolist():
        equal = np.flatnonzero(values[row] == least[row])
        found[row, equal[count - int((values[row] > least[row]).sum()) :]] = False
    return found
