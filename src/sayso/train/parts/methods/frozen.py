"""`frozen`: the part stays as it is."""

from collections.abc import Iterable
from dataclasses import dataclass

from torch import nn

from sayso.train.parts.methods._protocol import Part, methods

__all__ = ["Frozen"]


@methods.register("frozen")
@dataclass(frozen=True, kw_only=True)
class Frozen:
    """Nothing trains."""

    def apply(self, part: Part) -> Iterable[nn.Parameter]:
        """None of it."""
        return []
