"""From the best by a column downwards, in windows: within each those that are least like what was kept.

In the spirit of RECOST's sampling (Zhang et al. 2024), which slides a window down its ranking and takes unlike rows within it; its exact rule could not be read. Here windows of `window` rows follow one another, and each gives its
share of the budget: the row whose largest cosine with all kept ones is smallest, the better one of equals. So quality goes before diversity across windows, and diversity before quality within.
"""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from sayso.config import PluginConfig
from sayso.data.features._protocol import Vectors
from sayso.data.scorers._protocol import Floats
from sayso.data.selectors._columns import Which, need_bound, ranked
from sayso.data.selectors._greedy import greedy
from sayso.data.selectors._protocol import Budget, Ints, Picked, Pool, selectors
from sayso.data.selectors._vectors import SENTENCE, featured, nearest

__all__ = ["WindowedSelector"]


@selectors.register("windowed")
@dataclass(frozen=True, kw_only=True)
class WindowedSelector:
    """Keeps `per_window` of every `window` rows in the order of a column, until the budget is full."""

    needs_budget = True

    by: str
    """A column, or a product of columns."""
    window: Annotated[int, Field(ge=1)] = 20
    per_window: Annotated[int, Field(ge=1)] = 5
    keep: Which | None = None
    features: PluginConfig = SENTENCE

    def select(self, pool: Pool, *, budget: Budget) -> Picked:
        """Rows window by window, each with its value of the column."""
        need_bound(budget, name="windowed")
        column, found = ranked(pool, self.by, keep=self.keep), featured(pool, self.features)
        order = column.order(found.rows)
        gain = _Unlike(found.exact(), kept=found.chosen, order=order)
        picked = [np.empty(0, dtype=np.int64)]
        for start in range(0, len(order), self.window):
            rows, _ = greedy(gain, np.sort(order[start : start + self.window]), budget=Budget(rows=self.per_window))
            picked.append(rows)
        kept = np.concatenate(picked)
        rows = budget.cut(kept)
        passed = np.setdiff1d(order, kept).tolist()
        why = dict.fromkeys(passed, "others of its window are less like what is kept")
        return Picked(rows=rows, by=self.by, scores=column.values[rows], why={**found.why, **column.why, **why})


class _Unlike:
    """How little a row is like any kept one; of equals the better by the column counts as a little less like."""

    submodular = True

    def __init__(self, vectors: Vectors, *, kept: Ints, order: Ints) -> None:
        self._vectors = vectors
        self._nearest = np.maximum(nearest(vectors, vectors[kept]), np.float32(-1.5))
        self._place = np.zeros(len(vectors))
        self._place[order] = np.arange(len(order)) / (len(order) or 1) * 2.0**-23  # below the grid's finest difference

    def gains(self, rows: Ints) -> Floats:
        return np.asarray(-self._nearest[rows].astype(np.float64) - self._place[rows])

    def add(self, row: int) -> None:
        np.maximum(self._nearest, self._vectors @ self._vectors[row], out=self._nearest)
