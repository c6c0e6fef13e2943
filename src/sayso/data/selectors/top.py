"""The best by a column: score, then cut. Most methods of choosing data by a number end in this one.

`by` may be a product, as DEITA's quality times complexity (Liu et al. 2024). Which end is kept, the column says, unless the recipe does.
"""

from dataclasses import dataclass

from sayso.data.selectors._columns import Which, choose, free_rows, need_bound, ranked
from sayso.data.selectors._protocol import Budget, Picked, Pool, selectors

__all__ = ["TopSelector"]


@selectors.register("top")
@dataclass(frozen=True, kw_only=True)
class TopSelector:
    """Keeps the rows with the best values of the column `by`."""

    needs_budget = True

    by: str
    """A column, or a product of columns such as `quality*complexity`."""
    keep: Which | None = None
    """`highest` or `lowest`; the column's own better end where None."""

    def select(self, pool: Pool, *, budget: Budget) -> Picked:
        """Rows from best to worst, as many as fit; what has no value is left out."""
        need_bound(budget, name="top")
        column = ranked(pool, self.by, keep=self.keep)
        return choose(column.order(free_rows(pool)), budget=budget, column=column, by=self.by, why={})
