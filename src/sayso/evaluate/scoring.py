"""Predictions -> scores: reads what was predicted, never decodes, so that scoring can be done again at any time.

The scores of one task under one model and condition are a matrix, wordings x examples, in which NaN marks what cannot be
scored and every row has the same examples in the same order.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from sayso.config import EvaluateConfig, PromptConfig
from sayso.errors import DataError
from sayso.evaluate.metrics import Context, Metric, score, unread
from sayso.evaluate.parsers import Parsed, Parser, parsers
from sayso.evaluate.parsers.whole import Whole
from sayso.evaluate.sensitivity import Floats
from sayso.instructions.options import option_labels
from sayso.instructions.prompting import promptings
from sayso.instructions.regions import parse_regions
from sayso.records import Prediction, Region, Sample, Score, Template

__all__ = [
    "context_of",
    "is_compared",
    "is_written",
    "Reading",
    "reading_of",
    "score_predictions",
    "ScoreTable",
    "TaskInfo",
]

WRITTEN = ("generated", "sampled")
COMPARED = ("likelihood", "choice")


@dataclass(frozen=True, kw_only=True)
class TaskInfo:
    """What scores must say about their task; `group` is `held_in`, `held_out_task` or `held_out_category`."""

    name: str
    category: str
    group: str
    output: str
    metrics: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ScoreTable:
    """Scores of one task, model, condition and metric.

    `values` has a row per template and a column per example, NaN where unscored. `reasons` counts why values are what
    they are ("no region found", "no reference" ...), over all rows.
    """

    task: TaskInfo
    model: str
    condition: str
    metric: str
    templates: tuple[Template, ...]
    examples: tuple[str, ...]
    values: Floats
    reasons: Mapping[str, int]

    def only(self, *, held_out: bool, distance: str | None = None) -> "ScoreTable | None":
        """The rows of held-in or of held-out wordings, of one distance alone if it is given; None where there is none."""
        rows = [
            row
            for row, template in enumerate(self.templates)
            if template.held_out is held_out and distance in {None, template.distance}
        ]
        if not rows:
            return None
        return ScoreTable(
            task=self.task,
            model=self.model,
            condition=self.condition,
            metric=self.metric,
            templates=tuple(self.templates[row] for row in rows),
            examples=self.examples,
            values=self.values[rows],
            reasons=self.reasons,
        )


@dataclass(frozen=True)
class Reading:
    """How predictions are read: the prompt's style of options and boxes, and the parser of what a model wrote."""

    prompt: PromptConfig
    parser: Parser = field(default_factory=Whole)

    def answer(self, prediction: Prediction, *, context: Context) -> Parsed:
        """The answer; what was chosen and not written is one as it stands."""
        if not is_written(prediction.extraction):
            return Parsed(text=prediction.output)
        return self.parser.read(prediction.output, context=context)


def reading_of(config: EvaluateConfig, *, prompt: PromptConfig) -> Reading:
    """How an evaluation reads answers: as it says itself, else as its prompting does.

    Raises:
        ConfigError: no such parser or prompting, or no such option of it.
    """
    named = config.parser or promptings.build(config.prompting.name, config.prompting.options).parser
    return Reading(prompt, parsers.build(named.name, named.options))


def is_written(extraction: str) -> bool:
    """Whether the model wrote the answer itself, wherever it was read from (`generated:lm_eval`)."""
    return extraction.partition(":")[0] in WRITTEN


def is_compared(extraction: str) -> bool:
    """Whether options were compared, so that the output is one as it stands and there is nothing to parse, wherever it was read from."""
    return extraction.partition(":")[0] in COMPARED


def context_of(sample: Sample, *, prompt: PromptConfig, extraction: str) -> Context:
    """What a metric may know of a sample. Labels only count where the model wrote its answer itself."""
    labels = option_labels(len(sample.options), style=prompt.options) if is_written(extraction) else ()

    def read_regions(text: str) -> tuple[Region, ...]:
        return parse_regions(text, style=prompt.regions, media=sample.media)

    return Context(options=sample.options, labels=labels, read_regions=read_regions)


def score_predictions(
    predictions: Sequence[Prediction],
    *,
    task: TaskInfo,
    templates: Sequence[Template],
    samples: Mapping[str, Sample],
    metric: Metric,
    reading: Reading,
) -> ScoreTable:
    """Score the predictions of one task, model and condition; `samples` maps example ids to a sample of theirs.

    An answer that the parser does not find scores the worst value, with its reason. Several draws of an answer count as their mean.

    Examples without any prediction are left out; the order of the columns is that of `samples`.

    Raises:
        DataError: a prediction belongs to an example or wording that is not evaluated, or one is missing.
    """
    rows = {template.id: row for row, template in enumerate(templates)}
    seen = {prediction.example for prediction in predictions}
    columns = {example: column for column, example in enumerate(name for name in samples if name in seen)}
    places = [_place(prediction, rows=rows, columns=columns) for prediction in predictions]
    totals, counts = np.zeros((2, len(rows), len(columns)))
    if missing := totals.size - len(set(places)):
        raise DataError(f"{task.name}: {missing} predictions of {totals.size} are missing; run it again")
    found = [_score(one, samples[one.example], metric=metric, reading=reading) for one in predictions]
    for place, one in zip(places, found, strict=True):
        if one.value is not None:
            totals[place] += one.value
            counts[place] += 1
    first = predictions[0] if predictions else None
    return ScoreTable(
        task=task,
        model=first.model if first else "",
        condition=first.condition if first else "",
        metric=metric.card.name,
        templates=tuple(templates),
        examples=tuple(columns),
        values=np.divide(totals, counts, out=np.full(totals.shape, np.nan), where=counts > 0),
        reasons=dict(Counter(one.reason for one in found if one.reason)),
    )


def _place(prediction: Prediction, *, rows: Mapping[str, int], columns: Mapping[str, int]) -> tuple[int, int]:
    try:
        return rows[prediction.template], columns[prediction.example]
    except KeyError as error:
        raise DataError(
            f"prediction for example {prediction.example!r} under {prediction.template!r}: {error} is not evaluated here"
        ) from error


def _score(prediction: Prediction, sample: Sample, *, metric: Metric, reading: Reading) -> Score:
    context = context_of(sample, prompt=reading.prompt, extraction=prediction.extraction)
    answer = reading.answer(prediction, context=context)
    if answer.text is None and sample.references and prediction.output.strip():
        return unread(metric, references=sample.references, context=context, reason=answer.reason)
    return score(metric, prediction=answer.text or "", references=sample.references, context=context)
