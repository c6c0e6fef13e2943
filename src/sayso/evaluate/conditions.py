"""What each condition did to the main model: how far its score fell, and how often its answer changed, on the same examples under the same wordings.

    drop            = mean score on unchanged input - mean score under the condition
    changed answers = share of (example, wording) whose normalised answer is another one under the condition

Every number is a mean over tasks of the mean over wordings of the mean over examples, with a paired bootstrap interval over examples. What to wish for depends on
the condition: after a harmless one (other letters, other order of options, a little noise) answers should stay; after `wrong_instruction` they should
change, and the share that do is the *inter-task sensitivity*.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from sayso.artifacts import read_jsonl
from sayso.evaluate.intervals import Bootstrap, Estimate, as_row, mean_interval, paired_difference
from sayso.evaluate.metrics.accuracy import normalise
from sayso.evaluate.plan import Unit
from sayso.evaluate.scoring import ScoreTable
from sayso.evaluate.sensitivity import Floats
from sayso.records import Prediction

__all__ = ["changed_answers", "condition_rows"]

Said: TypeAlias = Mapping[tuple[str, str], str]
"""The normalised answer by (template, example)."""


def condition_rows(
    work: Sequence[Unit], *, tables: Sequence[ScoreTable], folder: Path, bootstrap: Bootstrap
) -> Iterator[dict[str, Any]]:
    """A row per condition other than `plain`, for `summary.json`; `folder` holds the predictions of the units."""
    main = work[0].model
    headline = {(t.condition, t.task.name): t for t in tables if t.model == main and t.metric == t.task.metrics[0]}
    said = {(u.condition, u.plan.task.name): _said(u, folder=folder) for u in work if u.model == main}
    for condition in dict.fromkeys(condition for condition, _ in headline if condition != "plain"):
        tasks = [task for other, task in headline if other == condition and ("plain", task) in headline]
        pairs = {task: _paired(headline["plain", task], headline[condition, task]) for task in tasks}
        changed = {
            task: changed_answers(said["plain", task], said[condition, task], table=headline[condition, task])
            for task in tasks
        }
        yield {
            "condition": condition,
            "mean": as_row(mean_interval({task: after for task, (_, after) in pairs.items()}, bootstrap=bootstrap)),
            "plain": as_row(mean_interval({task: before for task, (before, _) in pairs.items()}, bootstrap=bootstrap)),
            "drop": as_row(_drop(pairs, bootstrap=bootstrap)),
            "changed_answers": as_row(mean_interval(changed, bootstrap=bootstrap)),
        }


def changed_answers(before: Said, after: Said, *, table: ScoreTable) -> Floats:
    """(wordings, examples) of `table`: 1 where the answer is another one, else 0; NaN where there is none to compare with."""
    return np.array(
        [
            [
                _differs(before.get((template.id, example)), after.get((template.id, example)))
                for example in table.examples
            ]
            for template in table.templates
        ],
        dtype=np.float64,
    )


def _differs(before: str | None, after: str | None) -> float:
    return np.nan if before is None or after is None else float(before != after)


def _said(unit: Unit, *, folder: Path) -> Said:
    rows = read_jsonl(unit.path(folder), Prediction)
    return {(row.template, row.example): normalise(row.output) for row in rows}


def _paired(plain: ScoreTable, changed: ScoreTable) -> tuple[Floats, Floats]:
    """The values of both under the wordings and examples of `changed`."""
    row_of = {template.id: row for row, template in enumerate(plain.templates)}
    column_of = {example: column for column, example in enumerate(plain.examples)}
    rows = [row_of[template.id] for template in changed.templates]
    columns = [column_of[example] for example in changed.examples]
    return plain.values[np.ix_(rows, columns)], changed.values


def _drop(pairs: Mapping[str, tuple[Floats, Floats]], *, bootstrap: Bootstrap) -> Estimate | None:
    before, after = ({task: pair[side] for task, pair in pairs.items()} for side in (0, 1))
    return paired_difference(before, after, bootstrap=bootstrap)
