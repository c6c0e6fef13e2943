"""`square_root`: p ~ sqrt(n), so that a task of a hundred times the examples comes ten times as often (InstructBLIP; the rule is given from memory)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from sayso.data.mixers._protocol import Mixing, TaskStats, mixers

__all__ = ["SquareRootMixer"]


@mixers.register("square_root")
@dataclass(frozen=True, kw_only=True)
class SquareRootMixer:
    """A task weighs the root of its number of examples."""

    num_held_back: ClassVar[int] = 0

    def weigh(self, tasks: Sequence[TaskStats], *, mixing: Mixing) -> Sequence[float]:
        """The roots of the sizes."""
        return [math.sqrt(task.size) for task in tasks]
