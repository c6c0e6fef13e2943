"""Outer loops: what happens to the weights between stretches of steps, and what a stretch is made of."""

from sayso.train.loops._callback import LoopCallback
from sayso.train.loops._protocol import OuterLoop, loops
from sayso.train.loops._stretches import StretchedOrder, stretched

__all__ = ["LoopCallback", "loops", "OuterLoop", "stretched", "StretchedOrder"]
