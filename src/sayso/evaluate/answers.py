"""What a prediction answers, in a form in which two answers can be compared: "B", "(b)" and "blue" are one answer where B is blue.

Conditions and ensembles compare answers, not outputs: labels stand for other options in another order, and who thinks aloud never says the same twice.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from sayso.artifacts import read_jsonl
from sayso.evaluate.plan import Unit, main_model
from sayso.evaluate.robustness.agreement import Agreement, agreement, read_answer
from sayso.evaluate.scoring import Reading, ScoreTable, context_of
from sayso.records import Prediction, Sample

__all__ = ["agreements", "answer_of", "answers_of"]


def answer_of(prediction: Prediction, *, sample: Sample, reading: Reading) -> str | None:
    """The one option that was named, else the normalised text; None where nothing could be read. `sample` has the options as shown."""
    context = context_of(sample, prompt=reading.prompt, extraction=prediction.extraction)
    read = reading.answer(prediction, context=context)
    return None if read.text is None else read_answer(read.text, context=context)


def answers_of(
    unit: Unit, *, samples: Mapping[str, Sample], folder: Path, reading: Reading
) -> dict[tuple[str, str], str | None]:
    """The answers of a unit by (template, example), of several draws the first; `samples` are those that it is scored with."""
    rows = (row for row in read_jsonl(unit.path(folder), Prediction) if row.number == 0)
    return {(row.template, row.example): answer_of(row, sample=samples[row.example], reading=reading) for row in rows}


def agreements(
    work: Sequence[Unit], *, tables: Sequence[ScoreTable], folder: Path, reading: Reading
) -> dict[str, Agreement]:
    """How far the answers of the main model agree over the wordings of each task, on unchanged input."""
    main = main_model([unit.model for unit in work])
    headline = {(t.task.name, t.model, t.condition): t for t in tables if t.metric == t.task.metrics[0]}
    found: dict[str, Agreement] = {}
    for unit in work:
        table = headline.get((unit.plan.task.name, main, "plain"))
        if table is not None and (unit.model, unit.condition) == (main, "plain"):
            agreed = _agreement(unit, table=table, folder=folder, reading=reading)
            found.update({unit.plan.task.name: agreed} if agreed is not None else {})
    return found


def _agreement(unit: Unit, *, table: ScoreTable, folder: Path, reading: Reading) -> Agreement | None:
    answers = answers_of(unit, samples=unit.plan.by_example, folder=folder, reading=reading)
    rows = [[answers[template.id, example] for example in table.examples] for template in table.templates]
    return agreement(rows, scores_WN=table.values)
