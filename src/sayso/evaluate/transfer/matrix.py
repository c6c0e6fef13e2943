"""From rows of scores to what was kept and gained: R[i, j] is the score, after stage i, on what stage j was trained on.

With T stages, and the score of several tasks their mean:

- average accuracy: mean over j of R[T, j] (Lopez-Paz and Ranzato 2017, arXiv:1706.08840, section 3);
- backward transfer: mean over j < T of R[T, j] - R[j, j] (the same); below 0 where something was forgotten;
- forgetting: mean over j < T of the best R[l, j] of the stages l < T, less R[T, j] (Chaudhry et al. 2018, arXiv:1801.10112, equation 3);
- forward transfer: mean over j > 1 of R[j - 1, j] - b[j], b of the model before the first stage (Lopez-Paz and Ranzato),
  under the wordings that both have met;
- final mean: mean over all tested tasks after the last stage, those never trained on too.

Intervals are bootstraps over test examples. All rows share the draws, so that every difference is a paired one. The best
stage of `forgetting` is that of the scores as measured, on every resample. A task that two stages trained on belongs to the first.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from sayso.evaluate.intervals import Bootstrap, resampled_mean
from sayso.evaluate.means import bounds, known_mean
from sayso.evaluate.scoring import ScoreTable
from sayso.evaluate.sensitivity import Floats
from sayso.evaluate.transfer.reading import Row

__all__ = ["Matrix", "NEVER"]

NEVER = "never trained"
"""The column of tasks that no stage of the sequence trained on."""


@dataclass(frozen=True)
class Matrix:
    """All numbers of a sequence for one choice of wordings: those trained on (`trained_only`), or all."""

    rows: Sequence[Row]
    bootstrap: Bootstrap
    trained_only: bool

    @cached_property
    def stages(self) -> list[Row]:
        """The rows after a train stage, in order."""
        return [row for row in self.rows if not row.before]

    @cached_property
    def tasks(self) -> list[str]:
        """Every task that could be scored in every row, by name."""
        names = sorted(self.rows[0].tables)
        return [name for name in names if all(not np.isnan(self.scores(row, name)[0]) for row in self.rows)]

    @cached_property
    def columns(self) -> dict[str, list[str]]:
        """Tasks by the label of the stage that trained on them first; stages of which none is tested are left out."""
        left, found = list(self.tasks), {}
        for row in self.stages:
            found[row.label] = [task for task in left if task in row.trained]
            left = [task for task in left if task not in row.trained]
        return {label: tasks for label, tasks in {**found, NEVER: left}.items() if tasks}

    @cached_property
    def categories(self) -> dict[str, list[str]]:
        """Tasks by category."""
        found: dict[str, list[str]] = {}
        for task in self.tasks:
            found.setdefault(self.rows[0].tables[task].task.category, []).append(task)
        return dict(sorted(found.items()))

    def scores(self, row: Row, task: str, *, under: frozenset[str] | None = None) -> Floats:
        """The task's mean as measured and on each resample; `under` are the ids of the wordings to take, None for all."""
        table = row.tables[task]
        chosen = [place for place, template in enumerate(table.templates) if under is None or template.id in under]
        if self.trained_only and any(not table.templates[place].held_out for place in chosen):
            chosen = [place for place in chosen if not table.templates[place].held_out]
        return resampled_mean(table.values[chosen], bootstrap=self.bootstrap, name=task)

    def mean(self, row: Row, tasks: Iterable[str]) -> Floats:
        """The mean of several tasks, likewise."""
        return _mean(self._kept[row.evaluation, row.before, task] for task in tasks)

    @cached_property
    def _kept(self) -> dict[tuple[str, bool, str], Floats]:
        return {(row.evaluation, row.before, task): self.scores(row, task) for row in self.rows for task in self.tasks}

    def summary(self) -> dict[str, Any]:
        """The numbers that say it all in one, None where there are too few stages for them."""
        last = self.stages[-1]
        learned = self._learned
        later = [pair for pair in learned if pair[0] is not self.stages[0]]
        return {
            "final_mean": self.estimate(self.mean(last, self.tasks), self.tasks) if self.tasks else None,
            "average_accuracy": self._over(learned, lambda row, tasks: self.mean(last, tasks)),
            "learning_accuracy": self._over(learned, self.mean),
            "backward_transfer": self._over([pair for pair in learned if pair[0] is not last], self._change),
            "forgetting": self._over([pair for pair in learned if pair[0] is not last], self._forgotten),
            "forward_transfer": self._over(later, self._ahead) if self.rows[0].before else None,
        }

    @cached_property
    def _learned(self) -> list[tuple[Row, list[str]]]:
        """Each stage with its tasks, where any of them is tested."""
        return [(row, self.columns[row.label]) for row in self.stages if row.label in self.columns]

    def _change(self, row: Row, tasks: list[str]) -> Floats:
        return self.mean(self.stages[-1], tasks) - self.mean(row, tasks)

    def _forgotten(self, row: Row, tasks: list[str]) -> Floats:
        best = max((self.mean(earlier, tasks) for earlier in self.stages[:-1]), key=lambda values: float(values[0]))
        return best - self.mean(self.stages[-1], tasks)

    def _ahead(self, row: Row, tasks: list[str]) -> Floats:
        before, previous = self.rows[0], self.stages[self.stages.index(row) - 1]

        def gain(task: str) -> Floats:
            both = _wordings(before.tables[task]) & _wordings(previous.tables[task])
            return self.scores(previous, task, under=both) - self.scores(before, task, under=both)

        return _mean(gain(task) for task in tasks)

    def _over(
        self, stages: Sequence[tuple[Row, list[str]]], statistic: Callable[[Row, list[str]], Floats]
    ) -> dict[str, Any] | None:
        """The mean of a statistic over stages."""
        if not stages:
            return None
        values = _mean(statistic(row, tasks) for row, tasks in stages)
        return None if np.isnan(values[0]) else self.estimate(values, [t for _, tasks in stages for t in tasks])

    def estimate(self, values: Floats, tasks: Sequence[str]) -> dict[str, Any]:
        """Mean, interval, and how many test examples of how many tasks are behind it."""
        drawn = values[:1] if np.isnan(values[1:]).all() else values[1:]
        low, high = bounds(drawn, confidence=self.bootstrap.confidence)
        n = sum(len(self.rows[0].tables[task].examples) for task in tasks)
        return {"mean": float(values[0]), "low": low, "high": high, "n": n, "num_tasks": len(tasks)}

    def cells(self, groups: dict[str, list[str]], *, key: str) -> list[dict[str, Any]]:
        """A cell per row and group of tasks: `{"stage", key, "mean", "low", "high", "n", "num_tasks", "trained"}`."""
        return [
            {
                "stage": row.label,
                key: name,
                **self.estimate(self.mean(row, tasks), tasks),
                "trained": any(task in row.trained for task in tasks),
            }
            for row in self.rows
            for name, tasks in groups.items()
        ]

    def changes(self, groups: dict[str, list[str]], *, key: str) -> list[dict[str, Any]]:
        """Per group whose training ended before the last stage: its score right after, at the end, and the paired difference."""
        found = []
        for name, tasks in groups.items():
            row = next((stage for stage in reversed(self.stages) if any(task in stage.trained for task in tasks)), None)
            if row is not None and row is not self.stages[-1]:
                learned = float(self.mean(row, tasks)[0])
                final = float(self.mean(self.stages[-1], tasks)[0])
                ends = {key: name, "learned_at": row.label, "learned": learned, "final": final}
                found.append({**ends, "difference": self.estimate(self._change(row, tasks), tasks)})
        return found

    def as_json(self) -> dict[str, Any]:
        """Everything, as plain values."""
        by_task = {task: [task] for task in self.tasks}
        return {
            "summary": self.summary(),
            "columns": self.columns,
            "matrix": self.cells(self.columns, key="column"),
            "by_category": self.cells(self.categories, key="category"),
            "by_task": self.cells(by_task, key="task"),
            "changes": self.changes(self.columns, key="column"),
            "category_changes": self.changes(self.categories, key="category"),
            "task_changes": self.changes(by_task, key="task"),
            "unscored": sorted(set(self.rows[0].tables) - set(self.tasks)),
            "unscored_reasons": {task: self._why(task) for task in sorted(set(self.rows[0].tables) - set(self.tasks))},
        }

    def _why(self, task: str) -> dict[str, str]:
        """The stages after which a task has no score, with the reasons that its metric gave."""
        left_out = [row for row in self.rows if np.isnan(self.scores(row, task)[0])]
        return {row.label: ", ".join(sorted(row.tables[task].reasons)) or "no score" for row in left_out}


def _wordings(table: ScoreTable) -> frozenset[str]:
    return frozenset(template.id for template in table.templates)


def _mean(values: Iterable[Floats]) -> Floats:
    """Element by element; a resample in which one has no value is one of the others."""
    return known_mean(np.stack(list(values)), axis=0)
