"""`adapter`: bottleneck adapters, whose modules and options are those of `sayso.models.attached.adapter`."""

from typing import Any

from sayso.train.parts.methods._attaching import Attaching
from sayso.train.parts.methods._protocol import methods

__all__ = ["adapter"]


@methods.register("adapter")
def adapter(**options: Any) -> Attaching:
    """Small networks behind the sublayers of every layer."""
    return Attaching("adapter", options)
