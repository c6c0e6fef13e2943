"""Every number that the processor made of a picture is 0: where it normalises by a mean, a picture of just that colour."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sayso.evaluate.visual.nulls._bases import NullArrays
from sayso.evaluate.visual.nulls._protocol import null_images

__all__ = ["Zeros", "zeros"]


class Zeros(NullArrays):
    """Nothing but zeros."""

    def fill(self, array: NDArray[Any], *, seed: int) -> NDArray[Any]:
        """Zeros."""
        del seed
        return np.zeros_like(array)


@null_images.register("zeros")
def zeros() -> Zeros:
    """Zeros in normalised space."""
    return Zeros()
