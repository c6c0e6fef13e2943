"""So many rows by chance: the baseline that any other choice has to beat, and that often wins (report it)."""

from dataclasses import dataclass
from itertools import islice

import numpy as np

from sayso.data.selectors._columns import free_rows, need_bound
from sayso.data.selectors._protocol import Budget, Picked, Pool, selectors
from sayso.seeds import Permutation

__all__ = ["RandomSelector"]


@selectors.register("random")
@dataclass(frozen=True, kw_only=True)
class RandomSelector:
    """Keeps rows in a random order; a larger budget keeps what a smaller one does, and more.

    `draw` tells several draws with one seed of the run apart.
    """

    needs_budget = True

    draw: int = 0

    def select(self, pool: Pool, *, budget: Budget) -> Picked:
        """The first rows of a random order of the pool that fit."""
        need_bound(budget, name="random")
        shuffled = Permutation(len(pool), "select", "random", pool.scoring.seed, self.draw)
        free = set(free_rows(pool).tolist())
        order = (row for row in map(shuffled.__getitem__, range(len(pool))) if row in free)
        wanted = len(free) if budget.tokens is not None else budget.rows
        return Picked(rows=budget.cut(np.fromiter(islice(order, wanted), dtype=np.int64)), by="chance")
