"""Every number that the processor made of a picture is 0: where it normalises by a mean, a picture of just that colour.

It is 1e-7 in truth, which is next to 0 in every precision: some models (Idefics3, SmolVLM) take a picture of nothing but 0 for padding and pass over it.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sayso.evaluate.visual.nulls._bases import NullArrays
from sayso.evaluate.visual.nulls._protocol import null_images

__all__ = ["Zeros", "zeros"]


NEXT_TO_NOTHING = 1e-7
"""Not 0 in float16 either."""


class Zeros(NullArrays):
    """Nothing but zeros."""

    def fill(self, array: NDArray[Any], *, seed: int) -> NDArray[Any]:
        """As good as zeros."""
        del seed
        return np.full_like(array, NEXT_TO_NOTHING)


@null_images.register("zeros")
def zeros() -> Zeros:
    """Zeros in normalised space."""
    return Zeros()
