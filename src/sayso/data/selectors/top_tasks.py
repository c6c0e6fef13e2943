"""Whole tasks: all rows of those tasks that are best by a column.

INSTA takes the k tasks nearest to the target so (`by: insta`), and every round of active instruction tuning the k tasks whose prompts are most uncertain (`by: prompt_uncertainty`; Kung et al. 2023): rows of
earlier rounds are kept, and the tasks that are left compete. That method also fixes which share of the tasks is classification; here `choice_fraction` is the share of tasks with options.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from sayso.data.scorers._protocol import Floats
from sayso.data.selectors._columns import Which, free_rows, ranked
from sayso.data.selectors._protocol import Budget, Ints, Picked, Pool, selectors

__all__ = ["TopTasksSelector"]

REDUCE: Mapping[str, Callable[[Floats], float]] = {
    "mean": lambda values: float(values.mean()),
    "max": lambda values: float(values.max()),
    "median": lambda values: float(np.median(values)),
}


@selectors.register("top_tasks")
@dataclass(frozen=True, kw_only=True)
class TopTasksSelector:
    """Keeps the rows of the `count` best tasks, from the best task to the worst; without a budget all of them."""

    by: str
    """A column, or a product of columns."""
    count: Annotated[int, Field(ge=1)]
    """How many tasks."""
    aggregate: Literal["mean", "max", "median"] = "mean"
    """What a task's rows amount to."""
    keep: Which | None = None
    """`highest` or `lowest`; the column's own better end where None."""
    choice_fraction: Annotated[float, Field(ge=0, le=1)] | None = None
    """Of the tasks so large a share shows options, as far as there are such tasks; no matter where None."""

    def select(self, pool: Pool, *, budget: Budget) -> Picked:
        """Rows task by task, in their order."""
        column = ranked(pool, self.by, keep=self.keep)
        free = free_rows(pool)
        members = _by_task(pool, free[np.isfinite(column.values[free])])
        sign = 1.0 if column.highest else -1.0
        merits = {task: sign * REDUCE[self.aggregate](column.values[rows]) for task, rows in members.items()}
        order = sorted(members, key=lambda task: (-merits[task], members[task][0]))
        best = order[: self.count] if self.choice_fraction is None else self._shared(pool, order, members)
        kept = [members[task] for task in best]
        rows = budget.cut(np.concatenate(kept) if kept else np.empty(0, dtype=np.int64))
        why = dict(column.why)
        for rank, task in enumerate(order):
            if task not in best:
                told = (
                    f"its task {task} has {self.by} {sign * merits[task]:.4g}, place {rank + 1} of {len(order)} tasks"
                )
                why |= dict.fromkeys(members[task].tolist(), told)
        scores: Floats = np.array([sign * merits[pool.tasks[row]] for row in rows.tolist()], dtype=np.float64)
        return Picked(rows=rows, by=f"{self.aggregate} {self.by} of its task", scores=scores, why=why)

    def _shared(self, pool: Pool, order: list[str], members: dict[str, Ints]) -> list[str]:
        """The best of both kinds in their shares; where one has too few, the other has the rest."""
        with_options = {task for task in order if pool.samples[int(members[task][0])].options}
        number = min(self.count, len(order))
        wanted = round(number * (self.choice_fraction or 0.0))
        wanted = max(min(wanted, len(with_options)), number - (len(order) - len(with_options)))
        left = {True: wanted, False: number - wanted}
        best = []
        for task in order:
            if left[task in with_options] > 0:
                left[task in with_options] -= 1
                best.append(task)
        return best


def _by_task(pool: Pool, rows: Ints) -> dict[str, Ints]:
    found: dict[str, list[int]] = {}
    for row in rows.tolist():
        found.setdefault(pool.tasks[row], []).append(row)
    return {task: np.array(some, dtype=np.int64) for task, some in found.items()}
