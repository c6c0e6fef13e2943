"""A mixer and orders of a user's own: one that weighs by hand, and orders that do not do their work."""

from collections.abc import Sequence
from dataclasses import dataclass

from sayso.data.mixers import Mixing, TaskStats
from sayso.data.orders import Phase, Pool, Stock


@dataclass(frozen=True, kw_only=True)
class Later:
    """Lets one task come only in later rounds."""

    task: str
    num_held_back: int = 0

    def weigh(self, tasks: Sequence[TaskStats], *, mixing: Mixing) -> Sequence[float]:
        """The others alone in the first round."""
        return [0.0 if mixing.round == 0 and task.name == self.task else 1.0 for task in tasks]


@dataclass(frozen=True, kw_only=True)
class Nothing:
    """Has no phases."""

    def phases(self, stock: Stock) -> Sequence[Phase]:
        """None."""
        return []


@dataclass(frozen=True, kw_only=True)
class OneHeap:
    """All tasks in one pool."""

    def phases(self, stock: Stock) -> Sequence[Phase]:
        """A pool that is of no one task."""
        return [Phase(name="heap", pools={"heap": Pool({task: range(n) for task, n in stock.sizes.items()})})]
