"""What an objective is: how much a token of each role weighs in the loss."""

from collections.abc import Mapping
from dataclasses import dataclass

from sayso.errors import ConfigError, did_you_mean
from sayso.records import ROLES
from sayso.registry import Registry

__all__ = ["Objective", "objectives"]


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


objectives: Registry[Objective] = Registry("objective", "sayso.train.objectives")
"""Objectives by name; a factory's keyword arguments are the options of a recipe's `objective:` entry."""
