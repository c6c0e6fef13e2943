"""Which example comes at step k: computed, never stored, so that a resumed run seeks to any step in constant time.

Tasks are interleaved in proportion to their sizes, as if every task's examples were spread evenly over one line and the line
were cut into windows. The windows come in random order and each is shuffled inside, so that nearby steps mix all tasks while
a window touches few row groups of each. The order is a pure function of (sizes, seed, epoch); nothing is kept between
steps but the last windows' boundaries.

Step k lies in window w. Window w holds, of task t, the examples number n_t(w) to n_t(w + 1), where n(w) counts the first
`w * window` elements of the line (`sayso.data.interleaving`). Element i of t stands at (2 i + 1) / (2 size_t); the count at a mark is exact in whole
numbers. Numbers are turned by a random shift per
task and epoch, so that the last, shorter window is another one each time.

This is the order of tasks that are mixed by their sizes. With other weights, shares take the place of sizes and a task whose examples run out begins again
(`sayso.train.rounds`).
"""

from bisect import bisect_right
from collections.abc import Mapping
from functools import lru_cache
from itertools import accumulate

from sayso.data.interleaving import first_counts
from sayso.seeds import Permutation, derive

__all__ = ["MixedOrder", "WINDOW"]

WINDOW = 16384
"""Steps of one window."""


class MixedOrder:
    """All examples of `sizes` (examples per task) in the order of one epoch; `order[k]` is a task and a position in it."""

    def __init__(self, sizes: Mapping[str, int], *, seed: int, epoch: int, window: int = WINDOW) -> None:
        for task, size in sizes.items():
            if size < 0:
                raise ValueError(f"task {task!r} has {size} examples; a size is 0 or more")
        self._tasks = [task for task in sorted(sizes) if sizes[task]]
        self._sizes = [sizes[task] for task in self._tasks]
        self._names = ("order", seed, epoch)
        self._total, self._window = sum(self._sizes), window
        self._full = self._total // window
        self._windows = Permutation(self._full, *self._names, "windows")
        self._shifts = [
            derive(*self._names, "shift", t) % size for t, size in zip(self._tasks, self._sizes, strict=True)
        ]
        self._counts = lru_cache(maxsize=16)(self._counts_before)
        self._inside = lru_cache(maxsize=8)(self._open_window)

    def __len__(self) -> int:
        return self._total

    def __getitem__(self, step: int) -> tuple[str, int]:
        if not 0 <= step < self._total:
            raise IndexError(f"step {step} of an order of {self._total}")
        place, offset = divmod(step, self._window)
        window = self._windows[place] if place < self._full else place
        shuffled, starts, ends = self._inside(window)
        offset = shuffled[offset]
        task = bisect_right(ends, offset)
        before = ends[task - 1] if task else 0
        index = starts[task] + offset - before
        return self._tasks[task], (index + self._shifts[task]) % self._sizes[task]

    def __reduce__(self) -> tuple[object, ...]:
        return _remake, (dict(zip(self._tasks, self._sizes, strict=True)), self._names[1], self._names[2], self._window)

    def _open_window(self, window: int) -> tuple[Permutation, tuple[int, ...], list[int]]:
        """Its shuffle, the first element of each task in it, and the running number of elements up to each task's end."""
        low, high = self._counts(window), self._counts(window + 1)
        ends = list(accumulate(after - before for before, after in zip(low, high, strict=True)))
        return Permutation(ends[-1], *self._names, "window", window), low, ends

    def _counts_before(self, window: int) -> tuple[int, ...]:
        """How many elements of each task are among the first `window` windows of the line."""
        return tuple(first_counts(min(window * self._window, self._total), self._sizes))


def _remake(sizes: dict[str, int], seed: int, epoch: int, window: int) -> MixedOrder:
    return MixedOrder(sizes, seed=seed, epoch=epoch, window=window)
