"""`vit`, the name that papers give to the loss on responses alone."""

from sayso.train.objectives._protocol import Objective, objectives
from sayso.train.objectives.response_only import response_only

__all__ = ["vit"]


@objectives.register("vit")
def vit() -> Objective:
    """The same as `response_only`."""
    return response_only()
