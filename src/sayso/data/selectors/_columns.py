"""Columns as selectors use them: one name or a product of names, turned so that larger is better, with the reasons of what cannot be ranked.

by: quality*complexity      by: ifd_loss      by: length, keep: lowest
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sayso.data.scorers import Column
from sayso.data.scorers._protocol import Floats
from sayso.data.selectors._protocol import Budget, Ints, Picked, Pool
from sayso.errors import ConfigError

__all__ = ["choose", "free_rows", "need_bound", "Ranked", "ranked", "reasons", "standardised", "Which"]

Which = Literal["highest", "lowest"]


@dataclass(frozen=True, kw_only=True)
class Ranked:
    """A column that a selector reads: `values` as they are, (N,), with NaN where there is none and its reason in `why`."""

    values: Floats
    why: Mapping[int, str]
    highest: bool

    @property
    def merits(self) -> Floats:
        """The values with their sign turned where the lowest are kept, so that larger is better, (N,)."""
        return self.values if self.highest else -self.values

    def order(self, rows: Ints) -> Ints:
        """Those of `rows` that have a value, best first; ties by lower row."""
        rows = np.sort(rows)[np.isfinite(self.values[np.sort(rows)])]
        return rows[np.argsort(-self.merits[rows], kind="stable")]


def ranked(pool: Pool, by: str, *, keep: Which | None = None) -> Ranked:
    """The column that `by` names, or the product of several with `*` between them; `keep` says which end is better, the column where None.

    Infinite values have no place in an order of merit and count as none.

    Raises:
        ConfigError: no such column, or a product of columns of which one is better high and another low, and `keep` does not say.
    """
    names = [name.strip() for name in by.split("*")]
    columns = [pool.column(name) for name in names]
    ways = {column.higher_is_better for column in columns}
    if keep is None and len(ways) > 1:
        told = ", ".join(
            f"{name} {'high' if one.higher_is_better else 'low'}" for name, one in zip(names, columns, strict=True)
        )
        raise ConfigError(
            f"by: {by!r} multiplies columns that are better at different ends ({told}); add keep: highest or lowest"
        )
    values = np.prod([column.values for column in columns], axis=0, dtype=np.float64)
    values = np.where(np.isfinite(values), values, np.nan)
    missing = np.intersect1d(np.flatnonzero(np.isnan(values)), free_rows(pool))
    why = {row: _reason(row, names, columns) for row in missing.tolist()}
    return Ranked(values=values, why=why, highest=keep == "highest" if keep else ways.pop())


def free_rows(pool: Pool) -> Ints:
    """The rows that can still be chosen, in their order."""
    free = np.ones(len(pool), dtype=bool)
    free[pool.chosen] = False
    return np.flatnonzero(free).astype(np.int64)


def need_bound(budget: Budget, *, name: str) -> None:
    """Refuse a budget without bounds.

    Raises:
        ConfigError: neither rows nor tokens are bounded.
    """
    if budget.rows is None and budget.tokens is None:
        raise ConfigError(
            f"selector {name!r} needs a budget and got None; add budget: 0.1 (a share) or budget: 1000 (rows)"
        )


def choose(order: Ints, *, budget: Budget, column: Ranked, by: str, why: Mapping[int, str]) -> Picked:
    """What fits of rows in the order of choice, each with its value; `why` has the reasons of rows that were not to be had at all."""
    rows = budget.cut(order)
    return Picked(rows=rows, by=by, scores=column.values[rows], why={**column.why, **why})


def reasons(rows: Ints, column: Ranked, *, by: str, told: str) -> dict[int, str]:
    """For each of the rows its value of the column, and what is wrong with it."""
    return {
        row: f"{by} {value:g} {told}" for row, value in zip(rows.tolist(), column.values[rows].tolist(), strict=True)
    }


def standardised(values: Floats) -> Floats:
    """Mean 0 and standard deviation 1 over the values that there are; all 0 where they are equal."""
    known = values[np.isfinite(values)]
    spread = float(known.std()) if len(known) and np.ptp(known) > 0 else 0.0
    return np.asarray((values - known.mean()) / spread) if spread > 0 else np.where(np.isfinite(values), 0.0, np.nan)


def _reason(row: int, names: list[str], columns: list[Column]) -> str:
    """Why a row has no value: of the first column that has none."""
    for name, column in zip(names, columns, strict=True):
        if not np.isfinite(column.values[row]):
            return f"cannot score {name}: {column.why.get(row, f'its value is {column.values[row]}')}"
    return f"cannot score {'*'.join(names)}: the product is not finite"
