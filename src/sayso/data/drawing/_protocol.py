"""What a drawing is: the wordings of one task in, a weight for each out.

Weights are computed once per task and are a pure function of the wordings, so that the draw itself stays a pure function of seed,
example and epoch. Nothing may depend on where a wording stands in the list: a build writes them in an order of its own.
"""

from collections.abc import Sequence
from typing import Protocol

from sayso.records import Template
from sayso.registry import Registry

__all__ = ["Drawing", "drawings"]


class Drawing(Protocol):
    """Weighs the wordings of a task against one another."""

    def weigh(self, templates: Sequence[Template]) -> Sequence[float]:
        """A weight of 0 or more for each of the wordings, in their order; only proportions count."""
        ...


drawings: Registry[Drawing] = Registry("drawing", "sayso.data.drawing")
"""Drawings by name; a factory's keyword arguments are the options of a recipe's `train.drawing`."""
