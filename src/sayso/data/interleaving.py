"""Which of several pools comes at place k, and for how many times before: computed, never walked.

Two ways to lay pools out in a row:

- `Spread`: in proportion to whole-number shares, as evenly as they can lie. Element i of a pool with share s of S stands at (2 i + 1) / (2 s)
  of a turn of S places (the midpoints of Webster's apportionment), so any first places hold each pool's share of them up to rounding. It has no end: turn follows turn.
- `Turns`: one of each pool in turn. A pool that has given all it has stays away until all have; then everything begins again.

    sizes or shares ──Spread | Turns──> order[k] = (pool, n): the n-th of that pool, from 0
"""

from bisect import bisect_right
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from heapq import heapify, heapreplace
from typing import Protocol

__all__ = ["first_counts", "Interleaving", "Spread", "Turns"]

BLOCK = 256
"""Places of a turn that are laid out together."""


class Interleaving(Protocol):
    """Pools in a row, without end."""

    def __getitem__(self, k: int) -> tuple[int, int]:
        """The pool at place k, and how often it came before."""
        ...

    def before(self, k: int) -> Sequence[int]:
        """How often each pool came before place k."""
        ...


def first_counts(mark: int, sizes: Sequence[int]) -> list[int]:
    """How many elements of each pool are among the first `mark` of all, element i of a pool of n standing at (2 i + 1) / (2 n).

    `mark` is at most the sum of the sizes; of two elements at one place that of the pool named first comes first.
    """
    total = sum(sizes)
    counts = [(2 * mark * size + total - 1) // (2 * total) for size in sizes]
    excess = sum(counts) - mark
    if excess < 0:
        ahead = [(_place(count, size), t) for t, (count, size) in enumerate(zip(counts, sizes, strict=True)) if size]
        heapify(ahead)
        for _ in range(-excess):
            t = ahead[0][1]
            counts[t] += 1
            heapreplace(ahead, (_place(counts[t], sizes[t]), t))
    if excess > 0:
        behind = [_last(t, counts[t], sizes[t]) for t in range(len(sizes)) if sizes[t]]
        heapify(behind)
        for _ in range(excess):
            t = -behind[0][1]
            counts[t] -= 1
            heapreplace(behind, _last(t, counts[t], sizes[t]))
    return counts


def _place(index: int, size: int) -> Fraction:
    return Fraction(2 * index + 1, 2 * size)


def _last(t: int, count: int, size: int) -> tuple[Fraction, int]:
    """The place of a pool's last element so far, the farthest first; below nothing where it has none."""
    return -_place(count - 1, size), -t


class Spread:
    """Pools in proportion to `shares`, whole numbers of 0 or more, as evenly as they can lie."""

    def __init__(self, shares: Sequence[int]) -> None:
        self.shares = tuple(shares)
        self._total = sum(self.shares)
        if self._total < 1 or min(self.shares) < 0:
            raise ValueError(f"shares {list(shares)}; give whole numbers of 0 or more, and not all 0")
        self._block = lru_cache(maxsize=8)(self._lay_out)

    def __getitem__(self, k: int) -> tuple[int, int]:
        turn, place = divmod(k, self._total)
        pool, index = self._block(place // BLOCK)[place % BLOCK]
        return pool, turn * self.shares[pool] + index

    def before(self, k: int) -> Sequence[int]:
        """How often each pool came before place k."""
        turn, place = divmod(k, self._total)
        return [turn * s + count for s, count in zip(self.shares, first_counts(place, self.shares), strict=True)]

    def _lay_out(self, block: int) -> list[tuple[int, int]]:
        start = block * BLOCK
        low = first_counts(start, self.shares)
        high = first_counts(min(start + BLOCK, self._total), self.shares)
        found = [(t, index) for t in range(len(low)) for index in range(low[t], high[t])]
        return sorted(found, key=lambda one: (_place(one[1], self.shares[one[0]]), one[0]))


class Turns:
    """One of each of the pools of `sizes` in turn, then again, until each has given all it has; then from the beginning."""

    def __init__(self, sizes: Sequence[int]) -> None:
        self.sizes = tuple(sizes)
        self._total = sum(self.sizes)
        if self._total < 1 or min(self.sizes) < 0:
            raise ValueError(f"sizes {list(sizes)}; give whole numbers of 0 or more, and not all 0")

    def __getitem__(self, k: int) -> tuple[int, int]:
        lap, place = divmod(k, self._total)
        turn = self._turn(place)
        pool = self._there(turn)[place - self._until(turn)]
        return pool, lap * self.sizes[pool] + turn

    def before(self, k: int) -> Sequence[int]:
        """How often each pool came before place k."""
        lap, place = divmod(k, self._total)
        turn = self._turn(place)
        came = set(self._there(turn)[: place - self._until(turn)])
        return [lap * size + min(size, turn) + (t in came) for t, size in enumerate(self.sizes)]

    def _turn(self, place: int) -> int:
        return bisect_right(range(max(self.sizes) + 1), place, key=self._until) - 1

    def _until(self, turn: int) -> int:
        """Places before a turn."""
        return sum(min(size, turn) for size in self.sizes)

    def _there(self, turn: int) -> list[int]:
        return [t for t, size in enumerate(self.sizes) if size > turn]
