"""`dynamic_average`: tasks whose loss falls more slowly than that of others get more (DWA, Liu et al. 2019, as CoTBal compares itself with it).

    w = N softmax(r / T),   r = mean loss of the last window / mean loss of the window before it,   T = 2

There w weighs losses and windows are of 25 steps. Here it is asked once a round, r is of losses on examples that are held back, at the beginning of this round
and of the one before, and w is the share of samples: ours in the spirit of it. In the first round all tasks weigh the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from sayso.data.mixers._protocol import Mixing, TaskStats, mixers
from sayso.data.mixers._softmax import softmax

__all__ = ["DynamicAverageMixer"]


@mixers.register("dynamic_average")
@dataclass(frozen=True, kw_only=True)
class DynamicAverageMixer:
    """`temperature` is T; a task that was not measured twice counts as one whose loss stays."""

    temperature: Annotated[float, Field(gt=0)] = 2.0
    num_held_back: Annotated[int, Field(ge=1)] = 32

    def weigh(self, tasks: Sequence[TaskStats], *, mixing: Mixing) -> Sequence[float]:
        """N softmax(r / T)."""
        ratios = [_ratio(task.losses) for task in tasks]
        return [len(tasks) * share for share in softmax(ratios, temperature=self.temperature)]


def _ratio(losses: Sequence[float | None]) -> float:
    now, before = (losses[-1], losses[-2]) if len(losses) > 1 else (None, None)
    return 1.0 if now is None or not before else now / before
