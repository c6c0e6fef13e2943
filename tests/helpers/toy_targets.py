"""A featuriser whose vectors a test writes down: those of samples by their ids."""

from dataclasses import dataclass

import numpy as np

TARGETS = {}


@dataclass(frozen=True, kw_only=True)
class WrittenDown:
    per_row = True

    def features(self, samples, *, scoring):
        return np.stack([TARGETS[one.id] for one in samples])
