"""Softmax of a few numbers, as the papers that weigh tasks use it."""

import math
from collections.abc import Sequence

__all__ = ["softmax"]


def softmax(values: Sequence[float], *, temperature: float) -> list[float]:
    """exp(value / temperature), made to sum up to 1."""
    powers = [math.exp((value - max(values)) / temperature) for value in values]
    return [power / sum(powers) for power in powers]
