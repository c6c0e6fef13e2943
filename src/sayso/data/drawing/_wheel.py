"""Draws in given proportions from one random word: a bisection of running sums, made once.

Equal weights are drawn as `Stream.choice` draws, bit for bit, so that a uniform drawing is what it was before there were any others.
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from typing import Generic, TypeVar

from sayso.data.drawing._protocol import Drawing
from sayso.errors import ConfigError
from sayso.records import Template
from sayso.seeds import Stream

__all__ = ["make_wheel", "Wheel"]

T = TypeVar("T")


class Wheel(Generic[T]):
    """Items with weights; `turn` gives one of them in logarithmic time."""

    def __init__(self, items: Sequence[T], weights: Sequence[float]) -> None:
        self.items = tuple(items)
        self.weights = tuple(weights)
        self._ends = () if len(set(self.weights)) == 1 else tuple(accumulate(self.weights))
        # The last item that can be drawn at all: rounding may put a mark on the very end.
        self._last = max((place for place, weight in enumerate(self.weights) if weight), default=0)

    def turn(self, chance: Stream) -> T:
        """One of the items, in proportion to its weight; takes one word of `chance`."""
        if not self._ends:
            return chance.choice(self.items)
        place = bisect_right(self._ends, chance.uniform(0.0, self._ends[-1]))
        return self.items[min(place, self._last)]

    def spread(self, first: T, *, chances: Iterable[Stream]) -> list[T]:
        """`first`, then one more item for each of `chances`; none comes again before all that have a weight have come."""
        found, left = [first], self._but(first)
        for chance in chances:
            left = left or self
            found.append(left.turn(chance))
            left = left._but(found[-1])
        return found

    def only(self, keep: Callable[[T], bool]) -> "Wheel[T] | None":
        """The items with a weight that `keep` takes; None where there are none."""
        kept = [(item, weight) for item, weight in zip(self.items, self.weights, strict=True) if weight and keep(item)]
        return Wheel([item for item, _ in kept], [weight for _, weight in kept]) if kept else None

    def _but(self, item: T) -> "Wheel[T] | None":
        return self.only(lambda other: other != item)


def make_wheel(templates: Sequence[Template], *, drawing: Drawing, name: str) -> Wheel[Template]:
    """The wordings of a task, weighed by the drawing called `name`.

    Raises:
        ConfigError: the drawing gave another number of weights, a negative or infinite one, or only zeros.
    """
    weights = list(drawing.weigh(templates))
    usable = all(math.isfinite(weight) and weight >= 0 for weight in weights)
    if len(weights) != len(templates) or not usable or not any(weights):
        raise ConfigError(
            f"drawing {name!r} weighs {len(templates)} wordings of {templates[0].task!r} as {weights[:8]}; "
            "give a number of 0 or more for each, and not all 0"
        )
    return Wheel(templates, weights)
