"""Parts: which method trains the vision tower, the projector and the language model, each with its own learning rate."""

from sayso.train.parts.methods import Method, Part
from sayso.train.parts.tuned import Tuned, tune

__all__ = ["Method", "Part", "tune", "Tuned"]
