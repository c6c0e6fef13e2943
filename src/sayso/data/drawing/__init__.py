"""How often each wording of a task is drawn in training: one file per drawing, and the wheel that draws in their proportions."""

from sayso.data.drawing._protocol import Drawing, drawings
from sayso.data.drawing._wheel import Wheel, make_wheel

__all__ = ["Drawing", "drawings", "make_wheel", "Wheel"]
