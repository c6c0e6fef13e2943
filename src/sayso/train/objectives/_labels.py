"""Weights as plain labels, for kernels and trainers that know targets and no weights."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sayso.errors import ConfigError

__all__ = ["IGNORED", "labels_of"]

IGNORED = -100
"""The label of a token that is no target, everywhere in transformers."""


def labels_of(input_ids: ArrayLike, *, weights: ArrayLike) -> NDArray[np.int64]:
    """The ids where the weight is 1 and IGNORED where it is 0, of the shape of both: one sample (T,) or a piece (B, T).

    Labels stand where their tokens do; the shift by one place is left to whoever reads them, as transformers' models do it.

    Raises:
        ConfigError: a weight is neither 0 nor 1, which labels cannot say.
    """
    ids, told = np.asarray(input_ids, dtype=np.int64), np.asarray(weights)
    if len(other := told[(told != 0) & (told != 1)]):
        raise ConfigError(
            f"plain labels say 0 or 1, but {other.size} of {told.size} tokens weigh otherwise (the first {other[0]:g}); "
            "train here, or take an objective with weights of 0 and 1, the normaliser weights, and no train.task_weights"
        )
    return np.where(told == 1, ids, IGNORED)
