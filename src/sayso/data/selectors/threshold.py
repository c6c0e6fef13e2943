"""Everything whose value of a column lies between two bounds, both included."""

from dataclasses import dataclass

import numpy as np

from sayso.data.selectors._columns import Which, choose, free_rows, ranked, reasons
from sayso.data.selectors._protocol import Budget, Picked, Pool, selectors
from sayso.errors import ConfigError

__all__ = ["ThresholdSelector"]


@selectors.register("threshold")
@dataclass(frozen=True, kw_only=True)
class ThresholdSelector:
    """Keeps rows with `min` <= value <= `max`, best first; a budget, if there is one, keeps the best of them.

    Raises:
        ConfigError: no bound at all, or `min` over `max`.
    """

    by: str
    """A column, or a product of columns."""
    min: float | None = None
    max: float | None = None
    keep: Which | None = None
    """Which end comes first: `highest` or `lowest`; the column's own better end where None."""

    def __post_init__(self) -> None:
        if self.min is None and self.max is None:
            raise ConfigError(f"selector 'threshold' on {self.by!r} has neither min nor max; give one of them")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ConfigError(
                f"selector 'threshold' on {self.by!r}: min {self.min} is over max {self.max}; nothing would be kept"
            )

    def select(self, pool: Pool, *, budget: Budget) -> Picked:
        """Rows within the bounds, from best to worst."""
        column = ranked(pool, self.by, keep=self.keep)
        rows = column.order(free_rows(pool))
        low = -np.inf if self.min is None else self.min
        high = np.inf if self.max is None else self.max
        values = column.values[rows]
        why = reasons(rows[values < low], column, by=self.by, told=f"is under min {low:g}")
        why |= reasons(rows[values > high], column, by=self.by, told=f"is over max {high:g}")
        kept = rows[(values >= low) & (values <= high)]
        return choose(kept, budget=budget, column=column, by=self.by, why=why)
