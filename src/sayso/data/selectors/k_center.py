"""No row far from what is kept: the row that is farthest from all kept ones comes next (Gonzalez 1985).

The coverage step of MoDS (Du et al. 2023), which takes it on embeddings of the instruction, with Euclidean distance and a first centre by chance; the farthest
row is never more than twice as far away as with the best possible centres. Outliers come early: that is what the method does.
"""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from sayso.config import PluginConfig
from sayso.data.features._protocol import Vectors
from sayso.data.scorers._protocol import Floats
from sayso.data.selectors._columns import need_bound
from sayso.data.selectors._greedy import greedy
from sayso.data.selectors._protocol import Budget, Ints, Picked, Pool, selectors
from sayso.data.selectors._vectors import SENTENCE, blocks, featured, products
from sayso.seeds import Stream

__all__ = ["KCenterSelector"]


@selectors.register("k_center")
@dataclass(frozen=True, kw_only=True)
class KCenterSelector:
    """Keeps what is farthest from what is kept; the first by chance, unless rows were chosen before."""

    features: PluginConfig = SENTENCE
    radius: Annotated[float, Field(ge=0, le=2)] | None = None
    """Stop when every row is within this distance of a kept one (unit vectors are at most 2 apart); then no budget is needed."""

    @property
    def needs_budget(self) -> bool:
        """Not where a radius says when to stop."""
        return self.radius is None

    def select(self, pool: Pool, *, budget: Budget) -> Picked:
        """Rows in the order of choice, each with how far it was from all before it; the first centre has no distance (NaN)."""
        if self.needs_budget:
            need_bound(budget, name="k_center")
        found = featured(pool, self.features)
        vectors = found.exact()
        first = None if len(found.chosen) else _first(found.rows, budget, seed=pool.scoring.seed)
        least = -1.0 if self.radius is None else self.radius**2
        gain = _Distances(vectors, known=found.chosen, first=first, least=least)
        rows, values = greedy(gain, found.rows, budget=budget)
        distances = np.sqrt(np.where(np.isfinite(values), values, np.nan))
        near = np.setdiff1d(gain.within(found.rows), rows)
        why = dict.fromkeys(near.tolist(), f"it is within {self.radius} of a kept sample")
        return Picked(rows=rows, by="distance to the nearest kept", scores=distances, why={**why, **found.why})


def _first(rows: Ints, budget: Budget, *, seed: int) -> int | None:
    """A row by chance, among those that the budget has room for."""
    if budget.tokens is not None and budget.costs is not None:
        rows = rows[budget.costs[rows] <= budget.tokens]
    return int(Stream("select", "k_center", seed).choice(rows.tolist())) if len(rows) else None


class _Distances:
    """Squared distances to the nearest chosen row; infinite for the `first` centre while there is none."""

    submodular = False  # of the first centre it is not

    def __init__(self, vectors: Vectors, *, known: Ints, first: int | None, least: float) -> None:
        self._vectors = vectors
        self._squares = np.einsum("nd,nd->n", vectors, vectors, dtype=np.float64)
        self._nearest = np.full(len(vectors), np.inf)
        self._first = first
        self._least = least
        for some in blocks(len(known), of=64):
            self._approach(known[some])

    def gains(self, rows: Ints) -> Floats:
        if self._first is not None:
            return np.where(rows == self._first, np.inf, -np.inf)
        found = self._nearest[rows]
        return np.where(found > self._least, found, -np.inf)

    def within(self, rows: Ints) -> Ints:
        """Those of `rows` that are no farther from a chosen one than the radius."""
        return rows[self._nearest[rows] <= self._least]

    def add(self, row: int) -> None:
        self._first = None
        self._approach(np.array([row]))

    def _approach(self, rows: Ints) -> None:
        near = self._squares[rows]
        for some in blocks(len(self._vectors)):
            cosines = products(self._vectors[some], self._vectors[rows].T).astype(np.float64)
            away = (self._squares[some, None] + near - 2 * cosines).min(axis=1)
            np.minimum(self._nearest[some], away, out=self._nearest[some])
