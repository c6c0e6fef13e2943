"""`moe_lora`: MoELoRA, whose modules and options are those of `sayso.models.attached.moe_lora`."""

from typing import Any

from sayso.train.parts.methods._attaching import Attaching
from sayso.train.parts.methods._protocol import methods

__all__ = ["moe_lora"]


@methods.register("moe_lora")
def moe_lora(**options: Any) -> Attaching:
    """Routed experts of low rank beside the linear maps."""
    return Attaching("moe_lora", options)
