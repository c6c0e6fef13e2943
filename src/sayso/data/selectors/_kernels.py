"""Likeness of unit vectors as kernels of a determinant: 1 of a vector with itself, positive semi-definite.

    rbf          exp(-|x - y|^2 / (2 width^2))
    exponential  exp(gamma (x.y - 1) / 2)
    linear       (x.y + 1) / 2

On unit vectors `rbf` with a width and `exponential` with gamma = 2 / width^2 are one kernel. `linear` has rank d + 1: no more rows than that
are independent. The forms are those of Wang et al. (2024); default widths are open in the paper as we have it, and ours.
"""

from typing import Literal, TypeAlias

import numpy as np

from sayso.data.scorers._protocol import Floats

__all__ = ["Kernel", "likeness"]

Kernel: TypeAlias = Literal["rbf", "exponential", "linear"]


def likeness(one: Floats, other: Floats, *, kernel: Kernel, width: float = 0.5, gamma: float = 8.0) -> Floats:
    """The kernel of each of M unit vectors with each of N, (M, N)."""
    cosines = np.clip(one @ other.T, -1.0, 1.0)
    if kernel == "linear":
        return np.asarray((cosines + 1) / 2)
    return np.asarray(np.exp((cosines - 1) * (1 / width**2 if kernel == "rbf" else gamma / 2)))
