"""What a mixer is: what is known of the tasks in, a weight for each out, once per round.

    [TaskStats("counting", size=900, losses=(2.1, 0.8)), ...] ──mixer──> [0.3, ...]

Only proportions count. A mixer is asked when a round begins, and what it said is written down: a run that goes on never asks again. So it is a pure
function of what it is given. One that wants losses of the model in training says with `num_held_back` on how many examples of each task they are to be measured; these
are kept from training and are never test examples.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sayso.registry import Registry

__all__ = ["Mixer", "mixers", "Mixing", "TaskStats"]


@dataclass(frozen=True, kw_only=True)
class TaskStats:
    """A task that is trained on, and its `size` in training examples.

    `losses` are mean cross entropies, in nats per target token, on the examples that are held back, at the beginning of every round so far; the last
    is that of now. None where nothing could be measured. `share` is the task's part of the round before, None in the first.
    """

    name: str
    category: str
    size: int
    losses: tuple[float | None, ...] = ()
    share: float | None = None


@dataclass(frozen=True, kw_only=True)
class Mixing:
    """What else a mixer may use: the run's seed, which of how many rounds begins, and what the stage's parents tell.

    `scores` are the scores of tasks by name of the evaluate stage, for every one among the direct parents. `sources` counts the examples of a
    task by source; it reads all of them.
    """

    seed: int = 0
    round: int = 0
    num_rounds: int = 1
    scores: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    sources: Callable[[str], Mapping[str, int]] = lambda task: {}


class Mixer(Protocol):
    """Weighs the tasks of a training run against one another."""

    num_held_back: int
    """Examples of each task that losses are measured on; 0 for mixers that ask for none."""

    def weigh(self, tasks: Sequence[TaskStats], *, mixing: Mixing) -> Sequence[float]:
        """A weight of 0 or more for each of the tasks, in their order.

        Raises:
            ConfigError: it needs something that the stage does not give, such as scores; says what to add.
        """
        ...


mixers: Registry[Mixer] = Registry("mixer", "sayso.data.mixers")
"""Mixers by name; a factory's keyword arguments are the options of a recipe's `train.mixer`."""
