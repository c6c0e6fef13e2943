"""The examples of an earlier task in the order in which they are replayed; element n is computed in constant time.

A pool is endless: when all that is kept was replayed, it begins again in another order. What is kept of a task is a function of
(seed, task, limit) alone, so that it is the same in every later stage.
"""

from collections.abc import Hashable, Iterable, Sequence
from typing import Protocol

from sayso.seeds import Permutation

__all__ = ["GroupedPool", "PlainPool", "Pool"]


class Pool(Protocol):
    """`pool[n]` is (round, position in the task): how often all was replayed before, and which example comes n-th."""

    size: int

    def __getitem__(self, n: int) -> tuple[int, int]:
        """The n-th example to be replayed, n from 0."""
        ...


class PlainPool:
    """`limit` of `total` examples (all where None) in random order, again in another one each round."""

    def __init__(self, total: int, *, limit: int | None, name: Sequence[object]) -> None:
        self.size = total if limit is None else min(limit, total)
        self._name = name
        self._kept = Permutation(total, "replay memory", *name)

    def __getitem__(self, n: int) -> tuple[int, int]:
        turn, place = divmod(n, self.size)
        return turn, self._kept[Permutation(self.size, "replay", *self._name, turn)[place]]


class GroupedPool:
    """As `PlainPool`, but from each group in turn, in an order drawn anew for every pass over the groups.

    A group of few examples repeats its own while a larger one still has new ones. `limit` keeps examples of all groups in turn.
    """

    def __init__(self, groups: Iterable[Hashable], *, limit: int | None, name: Sequence[object]) -> None:
        positions: dict[Hashable, list[int]] = {}
        for position, group in enumerate(groups):
            positions.setdefault(group, []).append(position)
        total = sum(map(len, positions.values()))
        self.size = total if limit is None else min(limit, total)
        self._name = name
        self._members = _limited(list(positions.values()), limit=self.size, name=name)

    def __getitem__(self, n: int) -> tuple[int, int]:
        turn, place = divmod(n, len(self._members))
        members = self._members[Permutation(len(self._members), "replay groups", *self._name, turn)[place]]
        lap, at = divmod(turn, len(members))
        return lap, members[Permutation(len(members), "replay", *self._name, members[0], lap)[at]]


def _limited(groups: list[list[int]], *, limit: int, name: Sequence[object]) -> list[list[int]]:
    """What is left of the groups when each, in random order, gives one of its positions in turn until there are `limit`."""
    order = Permutation(len(groups), "replay memory", *name)
    turns = [
        (rank, place, members[Permutation(len(members), "replay member", *name, members[0])[rank]])
        for place, members in enumerate(groups[order[place]] for place in range(len(groups)))
        for rank in range(len(members))
    ]
    kept: dict[int, list[int]] = {}
    for _, place, position in sorted(turns)[:limit]:
        kept.setdefault(place, []).append(position)
    return list(kept.values())
