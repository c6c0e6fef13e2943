"""What an order is: the examples of a run in, phases out.

    Stock(sizes, read, ...) ──order──> [Phase("text", pools), Phase("images", pools), ...]

A run goes through its phases once, each as long as its examples are of all, whatever the number of epochs: two epochs are twice as long a first phase, then twice as long
a second one. Within a phase its pools are laid out side by side; within a pool every example comes once, at random, before any comes again, at random in
another way. So an order says what is near what, and nothing of single places: these are computed (`sayso.train.rounds`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sayso.data.orders._pools import Pool
from sayso.records import Example
from sayso.registry import Registry

__all__ = ["Ordering", "orders", "Phase", "Stock"]


@dataclass(frozen=True, kw_only=True)
class Phase:
    """A part of the run, and what comes in it.

    Where `turns` is set, the pools take turns, one example each. Otherwise they share the places as a mixer weighs the tasks, and each is of one task and named as that is.
    `share` is how long the phase is, in proportion to others; its examples where None. `unscored` counts examples whose place in the order was not known.
    """

    name: str
    pools: Mapping[str, Pool]
    turns: bool = False
    share: float | None = None
    unscored: int = 0

    @property
    def num_examples(self) -> int:
        """Of all pools."""
        return sum(map(len, self.pools.values()))


@dataclass(frozen=True, kw_only=True)
class Stock:
    """What an order may look at: `sizes` and `categories` by task, the examples, and numbers that were found for them before.

    `read` gives a task's examples by position. `columns` gives the numbers in the column of that name, by example id, of the nearest selection among the
    stage's ancestors, or of a file; it raises a ConfigError where there is none.
    """

    sizes: Mapping[str, int]
    categories: Mapping[str, str]
    read: Callable[[str], Iterator[Example]]
    columns: Callable[[str, str | None], Mapping[str, float]] = field(default=lambda column, file: {})

    def places(self) -> Iterator[tuple[str, int, Example]]:
        """Every example with its task and position."""
        for task in sorted(self.sizes):
            for position, example in enumerate(self.read(task)):
                yield task, position, example


class Ordering(Protocol):
    """Lays the examples of a run out in phases."""

    def phases(self, stock: Stock) -> Sequence[Phase]:
        """The phases in the order in which they come; together they have every example at least once.

        Raises:
            ConfigError: the examples lack what they are to be ordered by.
        """
        ...


orders: Registry[Ordering] = Registry("order", "sayso.data.orders")
"""Orders by name; a factory's keyword arguments are the options of a recipe's `train.order`."""
