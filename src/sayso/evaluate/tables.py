"""Predictions on disk -> tables of scores: of every unit of an evaluation, and of the blind baseline beside them."""

from collections.abc import Iterator
from pathlib import Path

from sayso.artifacts import read_jsonl
from sayso.data import BuildFolder
from sayso.evaluate.blind import learn_blind
from sayso.evaluate.metrics import metrics
from sayso.evaluate.plan import TaskPlan, Unit
from sayso.evaluate.predicting import scored_samples
from sayso.evaluate.scoring import Reading, ScoreTable, score_predictions
from sayso.records import Prediction

__all__ = ["blind_tables", "score_unit"]


def score_unit(unit: Unit, *, folder: Path, reading: Reading, seed: int) -> Iterator[ScoreTable]:
    """The scores of a unit by each metric of its task, the headline metric first; `folder` holds its predictions.

    Raises:
        DataError: its predictions are missing, or are not those of its plan.
    """
    predictions = list(read_jsonl(unit.path(folder), Prediction))
    samples = scored_samples(unit, seed=seed)
    for name in unit.plan.task.metrics:
        yield score_predictions(
            predictions,
            task=unit.plan.task,
            templates=unit.templates,
            samples=samples,
            metric=metrics.build(name, {}),
            reading=reading,
        )


def blind_tables(plan: TaskPlan, *, build: BuildFolder) -> Iterator[ScoreTable]:
    """The majority answer on the same test examples; none for a task without training examples."""
    store = build.store("train")
    if not store.task_sizes.get(plan.task.name):
        return
    majority = learn_blind(store.iter(plan.task.name), prompt=build.prompt)
    if majority is None:
        return
    predictions = [
        Prediction(
            example=name,
            task=plan.task.name,
            template=plan.templates[0].id,
            model="blind",
            prompt="",
            output=majority.answer(sample, prompt=build.prompt),
            extraction="majority",
        )
        for name, sample in plan.by_example.items()
    ]
    yield score_predictions(
        predictions,
        task=plan.task,
        templates=plan.templates[:1],
        samples=plan.by_example,
        metric=metrics.build(plan.task.metrics[0], {}),
        reading=Reading(build.prompt),
    )
