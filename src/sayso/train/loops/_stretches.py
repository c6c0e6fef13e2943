"""The order of a run whose stretches of places are each of one task, or of one category.

Groups take turns by their sizes: in each turn of the run a group has as many stretches as its examples fill, rounded, and one at least, in the
mixed order of `sayso.data.order`. Within a group the examples come in the order of a run on that group alone, so every stretch goes on
where the group's last one ended. Place k is computed, never stored.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from sayso.data.cards import Card
from sayso.data.order import MixedOrder
from sayso.seeds import derive
from sayso.train.loops._protocol import By
from sayso.train.samples.order import Place, RunOrder

__all__ = ["stretched", "StretchedOrder"]


class StretchedOrder:
    """Places in stretches of `length`; `groups` are names with the sizes of their tasks."""

    def __init__(self, groups: Mapping[str, Mapping[str, int]], *, seed: int, length: int) -> None:
        self.length = length
        self._runs = {name: RunOrder(sizes, seed=seed) for name, sizes in groups.items()}
        self.num_examples = sum(run.num_examples for run in self._runs.values())
        self._counts = {name: max(1, round(run.num_examples / length)) for name, run in self._runs.items()}
        self._num_stretches = sum(self._counts.values())
        self._turn = lru_cache(maxsize=2)(
            lambda turn: MixedOrder(self._counts, seed=derive(seed, "stretches"), epoch=turn)
        )

    def __getitem__(self, k: int) -> Place:
        stretch, offset = divmod(k, self.length)
        turn, number = divmod(stretch, self._num_stretches)
        name, index = self._turn(turn)[number]
        return self._runs[name][(turn * self._counts[name] + index) * self.length + offset]

    def places_of(self, num_new: int) -> int:
        """As many: nothing is replayed."""
        return num_new


def stretched(cards: Sequence[Card], *, sizes: Mapping[str, int], by: By, seed: int, length: int) -> StretchedOrder:
    """The order of these tasks, a stretch being of one task or of one category."""
    groups: dict[str, dict[str, int]] = {}
    for card in cards:
        groups.setdefault(card.name if by == "task" else card.category, {})[card.name] = sizes[card.name]
    return StretchedOrder(groups, seed=seed, length=length)
