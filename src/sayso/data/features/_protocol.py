"""What a featuriser is: the samples of a pool in, unit vectors out."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from sayso.data.scorers import Scoring
from sayso.records import Sample
from sayso.registry import Registry

__all__ = ["Featuriser", "featurisers", "Vectors"]

Vectors = npt.NDArray[np.float32]


class Featuriser(Protocol):
    """Turns samples into vectors; `per_row` as for scorers."""

    per_row: bool

    def features(self, samples: Sequence[Sample], *, scoring: Scoring) -> Vectors:
        """Rows of length 1, (N, d); a row of zeros is a sample that has no such feature.

        Raises:
            ConfigError: it needs something that the stage does not give.
            BackendError: a model gave up.
        """
        ...


featurisers: Registry[Featuriser] = Registry("feature", "sayso.data.features")
"""Featurisers by name; a factory's keyword arguments are the options of a selector's `features:`."""
