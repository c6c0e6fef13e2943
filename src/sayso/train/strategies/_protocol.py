"""What a replay is: how much of each earlier task comes back, and what its examples are spread over.

A choice is plain data, two functions of what is known before training, so that the order of a run stays computed: nothing is drawn
while it runs and nothing is kept of what was seen.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from sayso.records import Example
from sayso.registry import Registry

__all__ = ["EarlierTask", "Replay", "replays"]


@dataclass(frozen=True, kw_only=True)
class EarlierTask:
    """A task that an earlier stage was trained on; `build` is the position of its build among those that are replayed.

    `size` counts the examples that are kept of it, `stages_ago` is 1 for the stage right before this one.
    """

    name: str
    build: int
    size: int
    stages_ago: int = 1


@dataclass(frozen=True, kw_only=True)
class Replay:
    """`weigh` gives a whole number per earlier task: of so many replayed samples in turn, that many are of this task.

    With `group`, a task's examples are taken from each of its groups in turn instead of one after the other; every example
    of the task is read once for that, when the stage starts.
    """

    weigh: Callable[[Sequence[EarlierTask]], Sequence[int]]
    group: Callable[[Example], Hashable] | None = None


replays: Registry[Replay] = Registry("replay choice", "sayso.train.strategies")
"""Choices of what to replay, by name; a factory's keyword arguments are the options of a recipe's `replay.choice`."""
