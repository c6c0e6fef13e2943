"""A pool: some of the examples of a build, addressed by number; and pools made of places that were found in any order."""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate

__all__ = ["Pool", "pools_by_task"]


class Pool:
    """Examples by task and position: all of a task as a `range`, some of one as an array of 4 bytes each."""

    def __init__(self, parts: Mapping[str, Sequence[int]]) -> None:
        self.parts = {task: positions for task, positions in sorted(parts.items()) if len(positions)}
        self._tasks = list(self.parts)
        self._ends = list(accumulate(len(positions) for positions in self.parts.values()))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __getitem__(self, index: int) -> tuple[str, int]:
        if not 0 <= index < len(self):
            raise IndexError(f"example {index} of a pool of {len(self)}")
        part = bisect_right(self._ends, index)
        task = self._tasks[part]
        return task, self.parts[task][index - (self._ends[part - 1] if part else 0)]

    @classmethod
    def of(cls, places: Iterable[tuple[str, int]]) -> "Pool":
        """A pool of these places, whatever their order."""
        parts: dict[str, array[int]] = {}
        for task, position in sorted(places):
            parts.setdefault(task, array("l")).append(position)
        return cls(parts)


def pools_by_task(places: Iterable[tuple[str, int]]) -> dict[str, Pool]:
    """A pool for each of the tasks, by its name."""
    found: dict[str, list[tuple[str, int]]] = {}
    for task, position in places:
        found.setdefault(task, []).append((task, position))
    return {task: Pool.of(some) for task, some in sorted(found.items())}
