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
    """The gain of facility location with every cosine; `vectors` are on the grid, (N, d).

    The gains of all rows are kept as they were at some time (`_kept`, when rows were covered to `_then`), and what a row lost since is summed over those rows of the
    pool alone that are covered better now; when that has cost as much as looking at all rows would, all are looked at (`refresh`). Sums are exact,
    so that nothing drifts.
    """

    submodular = True

    def __init__(self, vectors: Vectors, *, chosen: Ints) -> None:
        self._vectors = vectors
        self._then = np.full(len(vectors), FLOOR, dtype=np.float32)
        self._best = np.maximum(nearest(vectors, vectors[chosen]), self._then)
        total = vectors.sum(axis=0, dtype=np.float64)
        self._kept = np.zeros(len(vectors))
        for some in blocks(len(vectors)):
            self._kept[some] = vectors[some] @ total - FLOOR * len(vectors)
        self.first = 0.0 if len(chosen) else FLOOR * len(vectors)
        self._spent = 0
        self._forget()

    def _forget(self) -> None:
        """Gains of rows that were looked at are not those of now any more."""
        self._changed = np.flatnonzero(self._best > self._then)
        self._now = np.full(len(self._kept), np.nan) if len(self._changed) else self._kept.copy()

    def gains(self, rows: Ints) -> Floats:
        """How much nearer the rows of the pool would be to the nearest chosen one, (k,)."""
        new = rows[np.isnan(self._now[rows])]
        for some in blocks(len(new), of=ROWS):
            self._now[new[some]] = self._kept[new[some]] - self._lost(self._vectors[new[some]])
        self._spent += len(new) * len(self._changed)
        return self._now[rows]

    def add(self, row: int) -> None:
        """Rows may be nearest to this one now."""
        np.maximum(self._best, self._vectors @ self._vectors[row], out=self._best)
        self._forget()

    @property
    def due(self) -> bool:
        """Whether as much was spent on single rows as `refresh` costs."""
        return len(self._changed) > 0 and self._spent >= len(self._kept) * len(self._changed)

    def refresh(self) -> Floats:
        """The gains of all rows, (N,), from which further ones are reckoned."""
        self._kept = self.gains(np.arange(len(self._kept))).copy()
        self._then = self._best.copy()
        self._spent = 0
        self._forget()
        return self._kept

    def _lost(self, vectors: Vectors) -> Floats:
        """What rows would have added at `_then` and would not now, (k,)."""
        found = np.zeros(len(vectors))
        most = 2 * len(self._changed) > len(
            self._kept
        )  # then unchanged rows, of which nothing is lost, cost less than a copy
        for some in blocks(len(self._kept) if most else len(self._changed)):
            columns = some if most else self._changed[some]
            then, best = self._then[columns], self._best[columns]
            between = vectors @ self._vectors[columns].T
            np.minimum(np.maximum(between, then, out=between), best, out=between)
            found += between.sum(axis=1, dtype=np.float64) - then.sum(dtype=np.float64)
        return found


class Neighbours:
    """The gain of facility location with the cosines of each row to its `count` nearest rows (itself among them) and of these to it."""

    submodular = True
    first = 0.0
    due = False

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

    def refresh(self) -> Floats:
        """The gains of all rows, (N,)."""
        return self.gains(np.arange(len(self._best)))

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
