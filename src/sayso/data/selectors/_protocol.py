"""What a selector is: a pool and a budget in, the rows to keep out, in the order in which they were chosen.

    pool (samples, columns, features, tasks) ──selector──> Picked(rows, scores, why)

Selectors stand in a row: each chooses among what the one before it left. They read columns by name and never score. A NaN never wins, ties go to
the lower row, and all chance comes from the seed, so that a selection is the same on every machine.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from sayso.config import PluginConfig
from sayso.data.features._protocol import Vectors
from sayso.data.scorers import Column, Columns, Scoring
from sayso.errors import ConfigError, did_you_mean
from sayso.records import Sample
from sayso.registry import Registry

__all__ = ["Budget", "Ints", "Picked", "Pool", "Selector", "selectors"]

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Budget:
    """How much is to be kept: so many rows, and at most so many tokens by `costs`, (N,); None is no bound."""

    rows: int | None = None
    tokens: int | None = None
    costs: Ints | None = None

    def most(self, num_rows: int) -> int:
        """The most rows that can be kept of `num_rows`, if the cheapest were."""
        most = num_rows if self.rows is None else min(self.rows, num_rows)
        if self.tokens is None or self.costs is None:
            return most
        return min(most, int(np.searchsorted(np.cumsum(np.sort(self.costs)), self.tokens, side="right")))

    def cut(self, rows: Ints) -> Ints:
        """Of rows in the order of choice those that are kept: each that still fits, so that a long one does not end it."""
        rows = rows[: len(rows) if self.rows is None else self.rows] if self.tokens is None else rows
        if self.tokens is None or self.costs is None:
            return rows
        kept: list[int] = []
        left = self.tokens
        for row in rows.tolist():
            if self.costs[row] <= left and (self.rows is None or len(kept) < self.rows):
                kept.append(row)
                left -= int(self.costs[row])
        return np.array(kept, dtype=np.int64)


@dataclass(frozen=True, kw_only=True)
class Pool:
    """The rows that a selector chooses among; everything in it has N rows in one order.

    `features` makes vectors by the config of a featuriser, once each. `chosen` are rows that were chosen before and stay: a selector that looks at
    what it has takes them as already there, and does not return them.
    """

    samples: Sequence[Sample]
    columns: Columns
    tasks: Sequence[str]
    features: Callable[[PluginConfig], Vectors]
    scoring: Scoring
    chosen: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def __len__(self) -> int:
        return len(self.samples)

    def column(self, name: str) -> Column:
        """The column of that name.

        Raises:
            ConfigError: no scorer gave one.
        """
        if name not in self.columns:
            known = did_you_mean(name, list(self.columns)) if self.columns else "; no scorer was named"
            raise ConfigError(f"no column {name!r} to select by{known}; add its scorer to scorers:")
        return self.columns[name]


@dataclass(frozen=True, kw_only=True)
class Picked:
    """What a selector keeps: `rows` in the order of choice, (k,), `scores` what each was chosen for, (k,), as `by` says.

    `why` has the reason of a row that was left out, where it is another than that the budget was full.
    """

    rows: Ints
    by: str
    scores: npt.NDArray[np.float64] | None = None
    why: Mapping[int, str] = field(default_factory=dict)


class Selector(Protocol):
    """Chooses rows of a pool. One that sets `needs_budget` is refused without one before anything is scored."""

    def select(self, pool: Pool, *, budget: Budget) -> Picked:
        """Rows to keep, at most `budget.most(len(pool))`; the stage cuts them where the tokens run out.

        Raises:
            ConfigError: a column or feature that it needs is not there, or it needs a budget and got none.
        """
        ...


selectors: Registry[Selector] = Registry("selector", "sayso.data.selectors")
"""Selectors by name; a factory's keyword arguments are the options of an entry in a recipe's `selectors:`."""
