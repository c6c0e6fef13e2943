"""What an objective is: how much a token of each role weighs in the loss."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from sayso.errors import ConfigError, did_you_mean
from sayso.models.encode import Encoded
from sayso.records import ROLES
from sayso.registry import Registry

__all__ = ["Objective", "objectives", "Weigh", "Weighed"]


@dataclass(frozen=True, kw_only=True)
class Weighed:
    """A sample's tokens weighed as targets, and what the sample adds to the sum that the loss is divided by."""

    weights: NDArray[np.float32]
    count: float


Weigh: TypeAlias = Callable[[Encoded], Weighed]
"""Sample -> its weights."""


@dataclass(frozen=True, kw_only=True)
class Objective:
    """A weight per token role; roles that are not named weigh nothing.

    The loss is the weighted mean of the tokens' cross entropies over the accumulated batch: sum(w * ce) / sum(w).
    """

    weights: Mapping[str, float]

    def __post_init__(self) -> None:
        for role, weight in self.weights.items():
            if role not in ROLES:
                raise ConfigError(f"an objective weighs unknown role {role!r}{did_you_mean(role, list(ROLES))}")
            if weight < 0:
                raise ConfigError(f"an objective weighs role {role!r} with {weight}; a weight is 0 or more")

    def weigh(self, row: Encoded) -> Weighed:
        """The weights of one sample."""
        weights = self._table[row.roles]
        return Weighed(weights=weights, count=float(weights[1:].sum()))

    @cached_property
    def _table(self) -> NDArray[np.float32]:
        return np.array([self.weights.get(role, 0.0) for role in ROLES], dtype=np.float32)


objectives: Registry[Objective] = Registry("objective", "sayso.train.objectives")
"""Objectives by name; a factory's keyword arguments are the options of a recipe's `objective:` entry."""
