"""Figures of whole corpora on tasks of the build: POPE's F1 of yes-or-no questions, CHAIR of captions, CIDEr, from predictions that are there already.

    figures:
      pope: {metric: pope, tasks: ["object_polling_*"]}
      chair: {metric: {name: chair, words: shapes}, tasks: [image_captioning], about: {objects: ""}}

A figure is computed over the answers of the main model to a task under each wording on its own. The number of the summary is its mean over wordings, then over tasks, with a
bootstrap interval over what the metric counts as one, such as the questions of a picture. `summary.json` has it under `figures.LABEL.FIGURE`, by task under
`figures.LABEL.by_task.TASK.FIGURE`. What a figure needs to know of an example, beside its picture and its texts, stands under `about`.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sayso.artifacts import read_jsonl
from sayso.config import EvaluateConfig, FigureConfig
from sayso.data.selection import pick_tasks
from sayso.evaluate.corpus import Answer, CorpusMetric
from sayso.evaluate.corpus.measuring import corpus_metric
from sayso.evaluate.intervals import Bootstrap, Estimate, as_row, resample_counts
from sayso.evaluate.means import bounds, known_mean
from sayso.evaluate.plan import TaskPlan, Unit
from sayso.evaluate.scoring import Reading, context_of
from sayso.evaluate.sensitivity import Floats
from sayso.records import Example, Prediction

__all__ = ["check_figures", "figures_of"]


def check_figures(config: EvaluateConfig, *, plans: Sequence[TaskPlan], where: str) -> None:
    """A wrong name must show before hours of decoding.

    Raises:
        ConfigError: there is no such metric, an option of it is wrong, or a pattern matches no task that is tested.
    """
    for label, wanted in config.figures.items():
        corpus_metric(wanted.metric.name, wanted.metric.options)
        pick_tasks([plan.task for plan in plans], patterns=wanted.tasks, where=f"{where}.figures.{label}.tasks")


def figures_of(
    work: Sequence[Unit], *, config: EvaluateConfig, folder: Path, reading: Reading, bootstrap: Bootstrap
) -> dict[str, Any]:
    """What `summary.json` says under `figures`, by label; `folder` holds the predictions of the units.

    Raises:
        DataError: an example lacks what a metric needs.
    """
    main = {unit.plan.task.name: unit for unit in work if unit.full}
    found = {}
    for label, wanted in config.figures.items():
        tasks = pick_tasks([unit.plan.task for unit in main.values()], patterns=wanted.tasks, where=label)
        asked = _Asked(wanted, folder=folder, reading=reading, bootstrap=bootstrap)
        found[label] = asked.row([main[task.name] for task in tasks])
    return found


class _Asked:
    """One entry of `figures`, on as many tasks as it names."""

    def __init__(self, wanted: FigureConfig, *, folder: Path, reading: Reading, bootstrap: Bootstrap) -> None:
        self._about, self._folder, self._reading, self._bootstrap = wanted.about, folder, reading, bootstrap
        self._metric: CorpusMetric = corpus_metric(wanted.metric.name, wanted.metric.options)

    def row(self, units: Sequence[Unit]) -> dict[str, Any]:
        """Every figure over the tasks, and of each task."""
        tasks = {unit.plan.task.name: self._task(unit) for unit in units}
        count = sum(len(unit.plan.examples) for unit in units)
        whole = {
            card.name: known_mean(np.stack([drawn[card.name] for drawn in tasks.values()]), axis=0)
            for card in self._metric.cards
        }
        sources = {card.name: card.source for card in self._metric.cards}
        by_task = {
            unit.plan.task.name: self._rows(tasks[unit.plan.task.name], n=len(unit.plan.examples)) for unit in units
        }
        return {**self._rows(whole, n=count, num_tasks=len(tasks)), "by_task": by_task, "sources": sources}

    def _rows(self, drawn: Mapping[str, Floats], *, n: int, num_tasks: int = 1) -> dict[str, Any]:
        return {name: as_row(self._estimate(values, n=n, num_tasks=num_tasks)) for name, values in drawn.items()}

    def _estimate(self, values: Floats, *, n: int, num_tasks: int) -> Estimate | None:
        if np.isnan(values[0]) or np.isnan(values[1:]).all():
            return None
        low, high = bounds(values[1:], confidence=self._bootstrap.confidence)
        return Estimate(mean=float(values[0]), low=low, high=high, n=n, num_tasks=num_tasks)

    def _task(self, unit: Unit) -> dict[str, Floats]:
        """Each figure, mean over wordings, (1 + num_resamples,): as measured, then on each resample."""
        drawn = [self._drawn(answers, name=unit.plan.task.name) for answers in self._answers(unit)]
        return {
            card.name: known_mean(np.stack([one[card.name] for one in drawn]), axis=0) for card in self._metric.cards
        }

    def _drawn(self, answers: Sequence[Answer], *, name: str) -> Mapping[str, Floats]:
        tally = self._metric.tally(answers)
        counts = resample_counts(len(tally.units), bootstrap=self._bootstrap, name=name)
        return self._metric.figures(np.concatenate([np.ones((1, len(tally.units))), counts]) @ tally.statistics)

    def _answers(self, unit: Unit) -> Iterator[list[Answer]]:
        """Of each wording the answers to all examples, of several draws the first."""
        examples = {example.id: example for example in unit.plan.examples}
        by_wording: dict[str, list[Answer]] = {template.id: [] for template in unit.templates}
        for row in read_jsonl(unit.path(self._folder), Prediction):
            if row.number == 0:
                by_wording[row.template].append(self._answer(row, unit.plan, examples[row.example]))
        yield from by_wording.values()

    def _answer(self, row: Prediction, plan: TaskPlan, example: Example) -> Answer:
        sample = plan.by_example[row.example]
        context = context_of(sample, prompt=self._reading.prompt, extraction=row.extraction)
        read = self._reading.answer(row, context=context)
        return Answer(
            example=row.example,
            text=read.text,
            references=sample.references,
            reason=read.reason,
            output=row.output,
            context=context,
            about=_told(example) | dict(self._about),
        )


def _told(example: Example) -> dict[str, str]:
    """The texts of an example and its first picture."""
    texts = {name: value for name, value in example.fields.items() if isinstance(value, str)}
    return {"image": next((one.path for one in example.media if one.path), ""), **texts}
