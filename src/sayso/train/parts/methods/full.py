"""`full`: all weights of the part train, those attached to it by an earlier stage included."""

from collections.abc import Iterable
from dataclasses import dataclass

from torch import nn

from sayso.train.parts.methods._protocol import Part, methods

__all__ = ["Full"]


@methods.register("full")
@dataclass(frozen=True, kw_only=True)
class Full:
    """Everything trains."""

    def apply(self, part: Part) -> Iterable[nn.Parameter]:
        """All of it."""
        return part.parameters.values()
