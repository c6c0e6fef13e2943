"""Greedy choice of a set: one engine for all methods that differ only in what a row adds to what was already chosen.

A gain says what each row would add (`gains`) and is told what was chosen (`add`). In every step the row that adds most is taken, the
lower one of equals, among those that the budget still lets in; a gain of minus infinity is never taken. Where gains can only fall as the set grows
(submodular functions) an old gain is an upper bound, and most rows need not be looked at again (Minoux 1978): rows are looked
at from the highest bound down until the best one is known. That is the same choice, to the row, not an approximation.
"""

from heapq import heapify, heappop, heappush
from typing import Protocol

import numpy as np
import numpy.typing as npt

from sayso.data.scorers._protocol import Floats
from sayso.data.selectors._protocol import Budget, Ints

__all__ = ["Gain", "greedy", "Purse"]

MOST_AT_ONCE = 1024
Found = tuple[float, int]


class Gain(Protocol):
    """What rows add to those that were chosen."""

    @property
    def submodular(self) -> bool:
        """Whether a row's gain never rises when others are added."""
        ...

    def gains(self, rows: Ints) -> Floats:
        """What each of `rows` would add, (k,)."""
        ...

    def add(self, row: int) -> None:
        """Row `row` was chosen."""
        ...


def greedy(gain: Gain, rows: Ints, *, budget: Budget, lazy: bool = True) -> tuple[Ints, Floats]:
    """Rows in the order of choice, (k,), and what each added at the time, (k,); `lazy` saves work and changes nothing.

    With a budget of tokens a row that does not fit any more is passed over, and what follows is chosen in view of what was taken.
    """
    finder = _Lazy(gain, rows) if lazy and gain.submodular else _Plain(gain, rows)
    purse = Purse(budget)
    found: list[Found] = []
    while (best := finder.best(purse)) is not None:
        found.append(best)
        gain.add(best[1])
        purse.pay(best[1])
    values = np.array([value for value, _ in found], dtype=np.float64)
    return np.array([row for _, row in found], dtype=np.int64), values


class Purse:
    """What is left of a budget; what does not fit now never will."""

    def __init__(self, budget: Budget) -> None:
        self._rows = np.inf if budget.rows is None else budget.rows
        self._tokens = budget.tokens
        self._costs = budget.costs

    @property
    def full(self) -> bool:
        """Whether nothing fits any more, whatever it costs."""
        return self._rows < 1 or (self._tokens is not None and self._tokens < 1)

    def fits(self, rows: Ints) -> npt.NDArray[np.bool_]:
        """For each row whether it would fit, (k,)."""
        if self._rows < 1 or self._tokens is None or self._costs is None:
            return np.full(len(rows), self._rows >= 1)
        return np.asarray(self._costs[rows] <= self._tokens)

    def pay(self, row: int) -> None:
        """Row `row` was taken."""
        self._rows -= 1
        if self._tokens is not None and self._costs is not None:
            self._tokens -= int(self._costs[row])


class _Plain:
    """Looks at every row in every step."""

    def __init__(self, gain: Gain, rows: Ints) -> None:
        self._gain = gain
        self._rows = np.sort(rows)

    def best(self, purse: Purse) -> Found | None:
        self._rows = self._rows[purse.fits(self._rows)]
        if not len(self._rows):
            return None
        values = self._gain.gains(self._rows)
        place = int(np.argmax(values))
        row = int(self._rows[place])
        self._rows = np.delete(self._rows, place)
        return None if values[place] == -np.inf else (float(values[place]), row)


class _Lazy:
    """Looks at rows from the highest bound down; twice as many at once each time, since a block is cheaper than its rows one by one."""

    def __init__(self, gain: Gain, rows: Ints) -> None:
        self._gain = gain
        rows = np.sort(rows)
        self._heap = list(zip((-gain.gains(rows)).tolist(), rows.tolist(), strict=True))
        heapify(self._heap)
        self._fresh = set(rows.tolist())

    def best(self, purse: Purse) -> Found | None:
        at_once = 1
        while self._heap:
            stale = self._stale(purse, at_once)
            if not stale:
                return self._take()
            bounds = self._gain.gains(np.array(stale, dtype=np.int64))
            for bound, row in zip((-bounds).tolist(), stale, strict=True):
                heappush(self._heap, (bound, row))
            self._fresh.update(stale)
            at_once = min(2 * at_once, MOST_AT_ONCE)
        return None

    def _stale(self, purse: Purse, at_once: int) -> list[int]:
        """The next rows whose bounds are from before the last choice, above the first that is up to date."""
        stale: list[int] = []
        while self._heap and len(stale) < at_once:
            row = self._heap[0][1]
            fits = bool(purse.fits(np.array([row]))[0])
            if fits and row in self._fresh:
                break
            heappop(self._heap)
            if fits:
                stale.append(row)
        return stale

    def _take(self) -> Found | None:
        if not self._heap:
            return None
        bound, row = heappop(self._heap)
        self._fresh.clear()
        return None if -bound == -np.inf else (-bound, row)
