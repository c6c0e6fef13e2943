"""What each condition did to the main model: how far its score fell, and how often its answer changed, on the same examples under the same wordings.

    drop            = mean score on unchanged input - mean score under the condition
    changed answers = share of (example, wording) whose answer is another one under the condition

Every number is a mean over tasks of the mean over wordings of the mean over examples, with a paired bootstrap interval over examples. What to wish for depends on
the condition: after a harmless one (other letters, other order of options, a little noise) answers should stay; after `wrong_instruction` they should
change, and the share that do is the *inter-task sensitivity*. Answers are those that scoring reads: the option behind a letter, not the letter. One that can no
longer be read has changed; where neither can, there is nothing to compare.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from sayso.evaluate.answers import answers_of
from sayso.evaluate.intervals import Bootstrap, Estimate, as_row, mean_interval, paired_difference
from sayso.evaluate.plan import Unit, main_model
from sayso.evaluate.predicting import scored_samples
from sayso.evaluate.scoring import Reading, ScoreTable
from sayso.evaluate.sensitivity import Floats

__all__ = ["changed_answers", "condition_rows"]

Said: TypeAlias = Mapping[tuple[str, str], str | None]
"""The answer by (template, example); None where none could be read."""


def condition_rows(
    work: Sequence[Unit],
    *,
    tables: Sequence[ScoreTable],
    folder: Path,
    reading: Reading,
    bootstrap: Bootstrap,
    seed: int,
) -> Iterator[dict[str, Any]]:
    """A row per condition other than `plain`, for `summary.json`; `folder` holds the predictions of the units, `seed` is that of their changes."""
    main = main_model([unit.model for unit in work])
    headline = {(t.condition, t.task.name): t for t in tables if t.model == main and t.metric == t.task.metrics[0]}
    conditions = dict.fromkeys(condition for condition, _ in headline if condition != "plain")
    if not conditions:  # then no prediction needs to be read again
        return
    said = {
        (u.condition, u.plan.task.name): _said(u, folder=folder, reading=reading, seed=seed)
        for u in work
        if u.model == main
    }
    for condition in conditions:
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
    """(wordings, examples) of `table`: 1 where the answer is another one or can no longer be read, else 0; NaN where there is none to compare with."""
    return np.array(
        [
            [_differs(before, after, key=(template.id, example)) for example in table.examples]
            for template in table.templates
        ],
        dtype=np.float64,
    )


def _differs(before: Said, after: Said, *, key: tuple[str, str]) -> float:
    pair = (before.get(key), after.get(key))
    compared = key in before and key in after and pair != (None, None)
    return float(pair[0] != pair[1]) if compared else np.nan


def _said(unit: Unit, *, folder: Path, reading: Reading, seed: int) -> Said:
    return answers_of(unit, samples=scored_samples(unit, seed=seed), folder=folder, reading=reading)


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
