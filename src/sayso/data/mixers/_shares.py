"""Weights, checked and as whole numbers: what is written down and computed with must not depend on the last bit of a float."""

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction

from sayso.data.mixers._protocol import Mixer, Mixing, TaskStats
from sayso.errors import ConfigError

__all__ = ["to_shares", "weigh_tasks"]

RESOLUTION = 1_000_000
"""What shares sum up to where the weights are no whole numbers."""


def weigh_tasks(mixer: Mixer, tasks: Sequence[TaskStats], *, mixing: Mixing, name: str) -> dict[str, float]:
    """Task -> weight, as the mixer called `name` says.

    Raises:
        ConfigError: not one finite weight of 0 or more for each, or nothing above 0.
    """
    weights = [float(weight) for weight in mixer.weigh(tasks, mixing=mixing)]
    bad = len(weights) != len(tasks) or any(not math.isfinite(w) or w < 0 for w in weights) or not any(weights)
    if bad:
        raise ConfigError(
            f"mixer {name!r} weighs {len(tasks)} tasks as {weights}; give a finite number of 0 or more for each, and not all 0"
        )
    return {task.name: weight for task, weight in zip(tasks, weights, strict=True)}


def to_shares(weights: Mapping[str, Fraction | float]) -> dict[str, int]:
    """The same proportions in whole numbers: as they are where they are whole, else of `RESOLUTION`, the largest remainders rounded up.

    What weighs more than 0 keeps a share of 1 at least.
    """
    exact = {name: Fraction(weight) for name, weight in weights.items()}
    if all(weight.denominator == 1 for weight in exact.values()):
        return {name: int(weight) for name, weight in exact.items()}
    total = sum(exact.values())
    ideal = {name: weight * RESOLUTION / total for name, weight in exact.items()}
    shares = {name: math.floor(value) for name, value in ideal.items()}
    by_remainder = sorted(ideal, key=lambda name: (shares[name] - ideal[name], name))
    for name in by_remainder[: RESOLUTION - sum(shares.values())]:
        shares[name] += 1
    return {name: max(share, 1) if exact[name] else 0 for name, share in shares.items()}
