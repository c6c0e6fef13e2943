"""Formulas over losses that may be missing: a text in place of a number is the reason that there is none."""

import math

__all__ = ["exp", "ratio"]


def exp(value: float) -> float:
    """math.exp, infinite where it is too large for a number."""
    return math.exp(value) if value < 700 else math.inf


def ratio(above: float | str, below: float | str) -> float | str:
    """Of two losses, or why there is none."""
    if isinstance(above, str) or isinstance(below, str):
        return above if isinstance(above, str) else below
    return above / below if below > 0 else "the loss to divide by is 0"
