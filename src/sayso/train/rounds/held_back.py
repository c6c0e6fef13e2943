"""Examples that training never sees, so that losses can be measured on them while it runs; which ones is a function of (seed, task, size)."""

from bisect import bisect_right
from collections.abc import Mapping

from sayso.seeds import Permutation

__all__ = ["HeldBack"]

MOST = 4
"""No more than one in so many examples is held back."""


class HeldBack:
    """`count` examples of each task at random, and never more than a quarter of it; `sizes` are what is left to train on."""

    def __init__(self, sizes: Mapping[str, int], *, count: int, seed: int) -> None:
        self.positions: dict[str, list[int]] = {}
        for task, size in sizes.items():
            chance = Permutation(size, "held back", seed, task)
            self.positions[task] = sorted(chance[n] for n in range(min(count, size // MOST)))
        self.sizes = {task: size - len(self.positions[task]) for task, size in sizes.items()}
        self._shifted = {task: [at - n for n, at in enumerate(found)] for task, found in self.positions.items()}

    def trained(self, task: str, index: int) -> int:
        """The position of example number `index` of those that are trained on."""
        return index + bisect_right(self._shifted[task], index)
