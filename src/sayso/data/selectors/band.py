"""The middle of a column: what is neither too easy nor too hard, between two quantiles or two values.

Cherry takes its first thousand instructions so: those between the quarter and the three-quarter point of perplexity, at an even stride
(Li et al. 2024, in their code). A budget is spent in the same way here, so that what is kept is spread over the band and
not taken from one end of it.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from sayso.data.scorers._protocol import Floats
from sayso.data.selectors._columns import choose, free_rows, ranked, reasons
from sayso.data.selectors._protocol import Budget, Ints, Picked, Pool, selectors
from sayso.errors import ConfigError

__all__ = ["BandSelector"]


@selectors.register("band")
@dataclass(frozen=True, kw_only=True)
class BandSelector:
    """Keeps rows between `low` and `high`, both included, from the lowest value up.

    Raises:
        ConfigError: `low` is over `high`, or a quantile is outside [0, 1].
    """

    by: str
    """A column, or a product of columns."""
    low: float = 0.25
    high: float = 0.75
    of: Literal["quantiles", "values"] = "quantiles"
    """What the bounds are; quantiles are of the rows that have a value."""

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ConfigError(f"selector 'band' on {self.by!r}: low {self.low} is over high {self.high}; swap them")
        if self.of == "quantiles" and not (self.low >= 0 and self.high <= 1):
            raise ConfigError(
                f"selector 'band' on {self.by!r}: {self.low} to {self.high} are no quantiles; add of: values"
            )

    def select(self, pool: Pool, *, budget: Budget) -> Picked:
        """Rows of the band, as many as fit, at an even stride."""
        column = ranked(pool, self.by, keep="lowest")
        rows = column.order(free_rows(pool))
        values = column.values[rows]
        low, high = self._bounds(values)
        inside = (values >= low) & (values <= high)
        told = f"lies outside the band from {low:g} to {high:g}"
        why = reasons(rows[~inside], column, by=self.by, told=told)
        kept = _strided(rows[inside], budget=budget)
        return choose(kept, budget=budget, column=column, by=self.by, why=why)

    def _bounds(self, values: Floats) -> tuple[float, float]:
        if self.of == "values" or not len(values):
            return self.low, self.high
        low, high = np.quantile(values, [self.low, self.high])
        return float(low), float(high)


def _strided(rows: Ints, *, budget: Budget) -> Ints:
    """As many of the rows as can be kept, at equal distances in their order."""
    most = len(rows) if budget.rows is None else budget.rows
    if budget.tokens is None or budget.costs is None:
        return _spread(rows, min(most, len(rows)))
    rows = rows[budget.costs[rows] <= budget.tokens]
    return _spread(rows, _affordable(rows, wanted=min(most, len(rows)), tokens=budget.tokens, costs=budget.costs))


def _spread(rows: Ints, wanted: int) -> Ints:
    return rows[(np.arange(wanted) * 2 + 1) * len(rows) // (2 * wanted)] if wanted else rows[:0]


def _affordable(rows: Ints, *, wanted: int, tokens: int, costs: Ints) -> int:
    """So many rows that, spread evenly, they cost no more than the tokens; near the most, as costs differ."""
    low, high = 0, wanted
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if int(costs[_spread(rows, middle)].sum()) <= tokens else (low, middle - 1)
    return low
