"""Embedding duplicates: rows whose vectors point the same way, by the cosine of a featuriser's vectors, after SemDeDup (Abbas et al. 2023).

A row goes if its cosine to one that stays is `threshold` or more. SemDeDup clusters first and compares within clusters, so that time grows less than with the square of the rows; here that
is done from `whole` rows on, and pairs that a border divides are not found. Of those that are alike SemDeDup keeps the one farthest from its cluster's centre; here it is the first, or the best by a
column. What threshold means the same thing, depends on the featuriser: look at the pairs.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field

from sayso.config import PluginConfig
from sayso.data.features._protocol import Vectors
from sayso.data.scorers._said import media_mark
from sayso.data.selectors._clusters import k_means
from sayso.data.selectors._protocol import Budget, Ints, Picked, Pool, selectors
from sayso.data.selectors._repeats import Repeat, standing, told
from sayso.data.selectors._vectors import ROUNDED, SENTENCE, Directions, blocks, featured
from sayso.seeds import Permutation

__all__ = ["EmbeddingDuplicatesSelector"]

FITTED, ROUNDS = 20_000, 10
"""Rows that clusters are made from, and k-means' rounds: clusters only divide the work."""
ROWS = 256


@selectors.register("embedding_duplicates")
@dataclass(frozen=True, kw_only=True)
class EmbeddingDuplicatesSelector:
    """Keeps one of those that point the same way."""

    threshold: Annotated[float, Field(gt=-1, le=1)] = 0.95
    """The cosine from which on rows are alike."""
    features: PluginConfig = SENTENCE
    same_media: bool = True
    """Whether rows about different media are different; false for a featuriser of pictures."""
    clusters: Annotated[int, Field(ge=1)] | None = None
    """Into how many the rows are divided; None is one for every 2,000 rows, and one up to `whole` rows."""
    whole: Annotated[int, Field(ge=1)] = 20_000
    best: str | None = None
    """The column whose best row stays; the first where None."""

    def select(self, pool: Pool, *, budget: Budget) -> Picked:
        """All rows but those that are like one that stays; what has no feature stays."""
        order = standing(pool, best=self.best)
        found = featured(pool, self.features)
        vectors = found.exact()
        among = _Comparing(directions=Directions(vectors), apart=self._apart(pool))
        known = np.zeros(len(pool), dtype=bool)
        known[found.known] = True
        repeats: dict[int, Repeat] = {}
        stay = frozenset(pool.chosen.tolist())
        for rows in self._groups(vectors, order[known[order]], seed=pool.scoring.seed):
            repeats |= _alike(among, rows, stay=stay, threshold=self.threshold)
        return told(pool, repeats, order=order, budget=budget, by=self.best or "order", how="cosine {:.3f}")

    def _apart(self, pool: Pool) -> npt.NDArray[np.uint64]:
        if not self.same_media:
            return np.zeros(len(pool), dtype=np.uint64)
        return np.fromiter(map(media_mark, pool.samples), dtype=np.uint64, count=len(pool))

    def _groups(self, vectors: Vectors, rows: Ints, *, seed: int) -> Iterator[Ints]:
        """The rows, those of a cluster together, in the order in which they stand."""
        count = self.clusters or (1 if len(rows) <= self.whole else -(-len(rows) // 2000))
        if count == 1 or not len(rows):
            yield rows
            return
        chance = Permutation(len(rows), "embedding_duplicates", seed)
        some = np.sort([chance[place] for place in range(min(FITTED, len(rows)))])
        centres = k_means(vectors[rows[some]], count, seed=seed, rounds=ROUNDS).centres
        labels = np.empty(len(rows), dtype=np.int64)
        squares = (centres.astype(np.float64) ** 2).sum(axis=1)
        for block in blocks(len(rows)):
            labels[block] = (2 * (vectors[rows[block]] @ centres.T).astype(np.float64) - squares).argmax(axis=1)
        for label in range(count):
            yield rows[labels == label]


@dataclass(frozen=True, kw_only=True)
class _Comparing:
    """Where vectors point, and what must be equal besides, (N,)."""

    directions: Directions
    apart: npt.NDArray[np.uint64]

    def cosines(self, rows: Ints, others: Ints) -> npt.NDArray[np.float32]:
        """Of all pairs, (n, m); minus infinity where they may not be compared."""
        found = self.directions.cosines(rows, others)
        found[self.apart[rows][:, None] != self.apart[others]] = -np.inf
        return found


def _alike(among: _Comparing, rows: Ints, *, stay: frozenset[int], threshold: float) -> dict[int, Repeat]:
    """Each row against those before it that stay, a block at once; the nearest of them, the first of equals."""
    repeats: dict[int, Repeat] = {}
    kept = np.empty(len(rows), dtype=np.int64)
    size = 0
    for block in blocks(len(rows), of=ROWS):
        new = rows[block]
        before, much = _nearest(among, new, kept[:size])
        cosines = among.cosines(new, new)
        start = size
        mine: list[int] = []
        for place, row in enumerate(new.tolist()):
            of, best = int(before[place]), float(much[place])
            if mine and float((near := cosines[place, mine]).max()) > best:
                of, best = int(new[mine[int(near.argmax())]]), float(near.max())
            if best >= threshold - ROUNDED and row not in stay:
                repeats[row] = Repeat(of, best)
            else:
                mine.append(place)
        kept[start : (size := start + len(mine))] = new[mine]
    return repeats


def _nearest(among: _Comparing, rows: Ints, kept: Ints) -> tuple[Ints, npt.NDArray[np.float32]]:
    """For each row the nearest that stays and may be compared, and its cosine; minus infinity where there is none."""
    of, much = np.full(len(rows), -1, dtype=np.int64), np.full(len(rows), -np.inf, dtype=np.float32)
    for block in blocks(len(kept)):
        others = kept[block]
        near = among.cosines(rows, others)
        place = near.argmax(axis=1)
        here = near[np.arange(len(rows)), place]
        better = here > much
        of[better], much[better] = others[place[better]], here[better]
    return of, much
