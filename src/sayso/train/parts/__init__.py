"""Parts: which method trains the vision tower, the projector and the language model, each with its own learning rate."""

from sayso.train.parts._protocol import Method, Part, methods
from sayso.train.parts.tuned import Tuned, tune

__all__ = ["Method", "methods", "Part", "tune", "Tuned"]
