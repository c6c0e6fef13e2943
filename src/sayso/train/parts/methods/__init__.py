"""Methods: one way to train a part each."""

from sayso.train.parts.methods._protocol import Method, Part, methods

__all__ = ["Method", "methods", "Part"]
