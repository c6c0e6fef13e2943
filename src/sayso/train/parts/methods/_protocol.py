"""What a method is: how one part of a model is trained.

A method changes its part in place, or hangs something onto it, and says which parameters train; everything else of the model stays as it is, bit for bit.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from torch import nn
from transformers import PreTrainedModel

from sayso.models.parts import Prefixes, part_of
from sayso.registry import Registry

__all__ = ["Method", "methods", "Part"]


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of a model, before anything was done to it."""

    model: PreTrainedModel
    name: str
    prefixes: Prefixes

    @cached_property
    def parameters(self) -> dict[str, nn.Parameter]:
        """Its parameters, tied ones once."""
        return {name: one for name, one in self.model.named_parameters() if part_of(name, self.prefixes) == self.name}

    @cached_property
    def modules(self) -> list[str]:
        """The names of its modules but for the head, which shares its weights or its size with the vocabulary."""
        head = self.model.get_output_embeddings()
        named = ((name, module) for name, module in self.model.named_modules() if name and module is not head)
        return [name for name, _ in named if part_of(name, self.prefixes) == self.name]


class Method(Protocol):
    """How a part is trained; its options are those of a recipe's entry."""

    def apply(self, part: Part) -> Iterable[nn.Parameter]:
        """Prepare the part; returns what trains. What is drawn comes from torch's generator, which the caller has seeded.

        Raises:
            ConfigError: the part cannot be trained in this way.
        """
        ...


methods: Registry[Method] = Registry("method", "sayso.train.parts.methods")
"""Methods by name; a factory's keyword arguments are the options of an entry of a recipe's `parts:`."""
