"""`proportional`: every example equally often, so that a task is trained on as much as there is of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from sayso.data.mixers._protocol import Mixing, TaskStats, mixers

__all__ = ["ProportionalMixer"]


@mixers.register("proportional")
@dataclass(frozen=True, kw_only=True)
class ProportionalMixer:
    """A task weighs its number of examples."""

    num_held_back: ClassVar[int] = 0

    def weigh(self, tasks: Sequence[TaskStats], *, mixing: Mixing) -> Sequence[float]:
        """The sizes."""
        return [task.size for task in tasks]
