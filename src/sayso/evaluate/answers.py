"""What a prediction answers, in a form in which two answers can be compared: "B", "(b)" and "blue" are one answer where B is blue.

Conditions and ensembles compare answers, not outputs: labels stand for other options in another order, and who thinks aloud never says the same twice.
"""

from collections.abc import Mapping
from pathlib import Path

from sayso.artifacts import read_jsonl
from sayso.evaluate.plan import Unit
from sayso.evaluate.robustness.agreement import read_answer
from sayso.evaluate.scoring import Reading, context_of
from sayso.records import Prediction, Sample

__all__ = ["answer_of", "answers_of"]


def answer_of(prediction: Prediction, *, sample: Sample, reading: Reading) -> str | None:
    """The one option that was named, else the normalised text; None where nothing could be read. `sample` has the options as shown."""
    context = context_of(sample, prompt=reading.prompt, extraction=prediction.extraction)
    read = reading.answer(prediction, context=context)
    return None if read.text is None else read_answer(read.text, context=context)


def answers_of(
    unit: Unit, *, samples: Mapping[str, Sample], folder: Path, reading: Reading
) -> dict[tuple[str, str], str | None]:
    """The answers of a unit by (template, example); `samples` are those that it is scored with."""
    rows = read_jsonl(unit.path(folder), Prediction)
    return {(row.template, row.example): answer_of(row, sample=samples[row.example], reading=reading) for row in rows}
