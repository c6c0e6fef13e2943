"""In what sequence a run's examples come: one file per order, the pools they are laid out in, and what they may look at."""

from sayso.data.orders._pools import Pool, pools_by_task
from sayso.data.orders._protocol import Ordering, Phase, Stock, orders

__all__ = ["Ordering", "orders", "Phase", "Pool", "pools_by_task", "Stock"]
