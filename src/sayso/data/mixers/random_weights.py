"""`random_weights`: other weights in every round, drawn from the seed: the control for every mixer that claims to know better.

    w = N softmax(z),   z standard normal

Random loss weights (RLW, Lin et al. 2022, as CoTBal compares itself with them) are drawn every step and weigh losses; these are drawn once a round and are shares of samples. As `loss_mixer` they are drawn once.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from sayso.data.mixers._protocol import Mixing, TaskStats, mixers
from sayso.data.mixers._softmax import softmax
from sayso.seeds import Stream

__all__ = ["RandomWeightsMixer"]


@mixers.register("random_weights")
@dataclass(frozen=True, kw_only=True)
class RandomWeightsMixer:
    """A function of the run's seed, the round and the task's name."""

    num_held_back: ClassVar[int] = 0

    def weigh(self, tasks: Sequence[TaskStats], *, mixing: Mixing) -> Sequence[float]:
        """N softmax(z)."""
        drawn = [_normal(Stream(mixing.seed, "random weights", mixing.round, task.name)) for task in tasks]
        return [len(tasks) * share for share in softmax(drawn, temperature=1.0)]


def _normal(chance: Stream) -> float:
    """By Box and Muller, rounded so that it does not depend on the last bit of a logarithm."""
    radius = math.sqrt(-2 * math.log(1 - chance.uniform()))
    return round(radius * math.cos(2 * math.pi * chance.uniform()), 9)
