"""What a reviser is: items in, as many out, each changed or as it was, with a verdict that says why."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from sayso.instructions.synthesize import Made, Synthesis
from sayso.records import AnnotatedItem
from sayso.registry import Registry

__all__ = ["Reviser", "revisers"]


class Reviser(Protocol):
    """Makes items better."""

    def revise(self, items: Sequence[AnnotatedItem], *, synthesis: Synthesis) -> Iterator[Made]:
        """One `Made` an item, in order, its `item` the revised one, or the item itself where the revision cannot be read or is no better.

        Raises:
            ConfigError: it needs a model.
            BackendError: a model gave up; the same command goes on.
        """
        ...


revisers: Registry[Reviser] = Registry("reviser", "sayso.instructions.revise")
"""Revisers by name; a factory's keyword arguments are the options of an entry in a recipe's `revisers:`."""
