"""`prompt`: prompt tuning, whose modules and options are those of `sayso.models.attached.prompt`."""

from typing import Any

from sayso.train.parts.methods._attaching import Attaching
from sayso.train.parts.methods._protocol import methods

__all__ = ["prompt"]


@methods.register("prompt")
def prompt(**options: Any) -> Attaching:
    """Trainable vectors in front of every sequence; of the language model alone."""
    return Attaching("prompt", options)
