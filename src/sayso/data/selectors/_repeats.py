"""What all selectors against duplicates share: who stays of those that are alike, and how it is told.

Rows stand in an order: those that were chosen before, then the others as they come, or the best of a column first. Each repeats one that stands before it
and stays, never one that goes itself; its reason names that one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from sayso.data.selectors._columns import Ranked, free_rows, ranked
from sayso.data.selectors._protocol import Budget, Ints, Picked, Pool

__all__ = ["first_of_equals", "Repeat", "repeats_of", "standing", "told"]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A row is like `of`, so much (1 is equal)."""

    of: int
    much: float = field(default=1.0)


def standing(pool: Pool, *, best: str | None) -> Ints:
    """All rows in the order in which they stay, (N,): chosen ones, then by the column `best`, those without a value last; ties by lower row.

    Raises:
        ConfigError: no such column.
    """
    free = free_rows(pool)
    if best is not None:
        column: Ranked = ranked(pool, best)
        merits = np.nan_to_num(column.merits[free], nan=-np.inf)
        free = free[np.argsort(-merits, kind="stable")]
    return np.concatenate([np.sort(pool.chosen), free]).astype(np.int64)


def told(pool: Pool, repeats: Mapping[int, Repeat], *, order: Ints, budget: Budget, by: str, how: str) -> Picked:
    """What stays, in the order in which it stands, and why the rest does not; `how` is said of each, with how much it is alike in `{}`."""
    names = _names(pool, (repeat.of for repeat in repeats.values()))
    why = {row: f"repeats {names[one.of]} ({how.format(one.much)})" for row, one in sorted(repeats.items())}
    stays = np.ones(len(pool), dtype=bool)
    stays[pool.chosen] = False
    stays[np.fromiter(repeats, dtype=np.int64, count=len(repeats))] = False
    return Picked(rows=budget.cut(order[stays[order]]), by=by, why=why)


def _names(pool: Pool, rows: Iterable[int]) -> dict[int, str]:
    """The names of some rows, each read once, from front to back."""
    return {row: pool.samples[row].example for row in sorted(set(rows))}


def first_of_equals(marks: npt.NDArray[np.uint64], order: Ints) -> Ints:
    """For each row the one that stands first among those with equal marks, -1 where that is itself, (N,); `marks` are 128 bits a row, (N, 2)."""
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    rows = np.lexsort((place, marks[:, 1], marks[:, 0]))
    new = np.ones(len(rows), dtype=bool)
    new[1:] = np.any(marks[rows[1:]] != marks[rows[:-1]], axis=1)
    leaders = rows[np.maximum.accumulate(np.where(new, np.arange(len(rows)), 0))]
    first = np.full(len(rows), -1, dtype=np.int64)
    first[rows[~new]] = leaders[~new]
    return first


def repeats_of(pool: Pool, first: Ints) -> dict[int, Repeat]:
    """The rows that are not the first of their equals, without those that were chosen before."""
    goes = first >= 0
    goes[pool.chosen] = False
    return {row: Repeat(int(first[row])) for row in np.flatnonzero(goes).tolist()}
