"""What a sentence encoder is: texts with near meanings get vectors with a large inner product."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from sayso.registry import Registry

__all__ = ["Encoder", "encoders"]


class Encoder(Protocol):
    """Encodes texts; pure, and independent of what else is in the batch up to rounding."""

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Unit vectors, one row a text."""
        ...


encoders: Registry[Encoder] = Registry("encoder", "sayso.models.encoders")
"""Encoders by name; a factory's keyword arguments are its options."""
