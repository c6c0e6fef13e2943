"""`shuffled`: all tasks from the first step to the last, examples at random."""

from collections.abc import Sequence
from dataclasses import dataclass

from sayso.data.orders._pools import Pool
from sayso.data.orders._protocol import Phase, Stock, orders

__all__ = ["ShuffledOrder"]


@orders.register("shuffled")
@dataclass(frozen=True, kw_only=True)
class ShuffledOrder:
    """One phase, a pool for each task; nothing is read."""

    def phases(self, stock: Stock) -> Sequence[Phase]:
        """All of it."""
        pools = {task: Pool({task: range(size)}) for task, size in sorted(stock.sizes.items()) if size}
        return [Phase(name="all", pools=pools)]
