"""What wordings that were never trained on cost, by how far they are from the trained ones.

The score in trained wordings less the score in held-out ones of a distance, over the trained tasks that have both and paired by example, so that how hard the examples
are is no part of the interval.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from sayso.evaluate.intervals import Bootstrap, as_row, paired_difference
from sayso.evaluate.robustness.scores import TaskScores
from sayso.evaluate.sensitivity import Floats

__all__ = ["DISTANCES", "gaps"]

DISTANCES = ("L1", "L2", "L3")
"""How far a held-out wording is from the trained ones, nearest first."""


def gaps(tasks: Sequence[TaskScores], *, bootstrap: Bootstrap) -> dict[str, dict[str, Any] | None] | None:
    """An estimate for each distance, None where no task has it; None altogether where no distance is known."""
    known = [task for task in tasks if any(task.distances) and task.scores is not None and task.group == "held_in"]
    if not known:
        return None
    trained = {task.task: rows for task in known if (rows := _rows(task, distance=None)) is not None}
    found = {}
    for name in DISTANCES:
        held_out = {task.task: rows for task in known if (rows := _rows(task, distance=name)) is not None}
        found[name] = as_row(paired_difference(trained, held_out, bootstrap=bootstrap))
    return found


def _rows(task: TaskScores, *, distance: str | None) -> Floats | None:
    rows = [row for row, given in enumerate(task.distances) if given == distance]
    return None if not rows or task.scores is None else np.asarray(task.scores[rows])
