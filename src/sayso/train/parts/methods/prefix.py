"""`prefix`: prefix tuning, whose modules and options are those of `sayso.models.attached.prefix`."""

from typing import Any

from sayso.train.parts.methods._attaching import Attaching
from sayso.train.parts.methods._protocol import methods

__all__ = ["prefix"]


@methods.register("prefix")
def prefix(**options: Any) -> Attaching:
    """Trainable keys and values in front of every layer's attention; of the language model alone."""
    return Attaching("prefix", options)
