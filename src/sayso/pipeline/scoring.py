"""Somebody's answers and what they are compared with, in one file -> the figures of any metric: no suite, no recipe, no model.

A row (JSON lines, or a JSON array) has `output` (or `prediction`), what a model wrote, and `references` (a list or one text). It may have `id`, `options` and the `labels` that they
were shown with, `category` and whatever else a corpus metric asks of an example, under `about`.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from msgspec import Struct

from sayso.config import PluginConfig
from sayso.errors import ConfigError, DataError
from sayso.evaluate.corpus import Answer
from sayso.evaluate.corpus.measuring import corpus_metric, measure
from sayso.evaluate.intervals import Bootstrap, as_row
from sayso.evaluate.metrics import Context
from sayso.evaluate.parsers import Parser, parsers
from sayso.pipeline.suites import settings_of
from sayso.sources import BadRow
from sayso.sources._files import read_rows

__all__ = ["score_file", "ScoreOptions"]


@dataclass(frozen=True, kw_only=True)
class ScoreOptions:
    """Metrics by name, `settings` of the form `key=value` for them, how answers are read, and how intervals are drawn."""

    metrics: Sequence[str]
    settings: Sequence[str] = ()
    parser: str = "whole"
    seed: int = 0
    resamples: int = 1000


class Row(Struct, frozen=True):
    """One answer."""

    output: str | None = None
    prediction: str | None = None
    references: tuple[str, ...] | str = ()
    id: str | int | None = None
    options: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    about: dict[str, str] = {}


def score_file(path: Path, *, options: ScoreOptions) -> dict[str, Any]:
    """`{"path", "num_answers", "unparsed", "metrics": [{"metric", "figures", "cards", "reasons"}]}`, a figure being `{"mean", "low", "high", "n"}` or null.

    Raises:
        ConfigError: a metric, parser or setting is not known, or none is given.
        DataError: the file cannot be read, a row is wrong, or nothing can be scored; names the row.
    """
    if not options.metrics or options.resamples < 1:
        raise ConfigError(
            f"--metric {' '.join(options.metrics)} --resamples {options.resamples}: name a metric, such as --metric vqa_accuracy, and draw at least once"
        )
    settings = settings_of(options.settings)
    found = [(name, corpus_metric(name, settings)) for name in options.metrics]
    answers = _answers(path, parser=_parser(options.parser))
    bootstrap = Bootstrap(seed=options.seed, num_resamples=options.resamples)
    rows = []
    for name, metric in found:
        measured = measure(metric, answers, bootstrap=bootstrap, name=name)
        figures = {figure: as_row(value) for figure, value in measured.figures.items()}
        if all(value is None for value in figures.values()):
            raise DataError(f"{path}: {name} has no value ({_counted(measured.tally.reasons)})")
        cards = [asdict(card) for card in metric.cards]
        rows.append({"metric": name, "figures": figures, "cards": cards, "reasons": dict(measured.tally.reasons)})
    unparsed = Counter(answer.reason for answer in answers if answer.text is None)
    return {"path": str(path), "num_answers": len(answers), "unparsed": dict(unparsed), "metrics": rows}


def _counted(reasons: Any) -> str:
    return ", ".join(f"{count} x {reason}" for reason, count in reasons.items()) or "it needs other answers"


def _parser(name: str) -> Parser:
    config = PluginConfig(name=name)
    return parsers.build(config.name, config.options)


def _answers(path: Path, *, parser: Parser) -> list[Answer]:
    answers: dict[str, Answer] = {}
    for place, row in read_rows(path, Row):
        if isinstance(row, BadRow):
            raise DataError(f"{row.place}: {row.reason}")
        answer = _answer(row, place=place, number=len(answers), parser=parser)
        if answer.example in answers:
            raise DataError(f"{place}: id {answer.example!r} came before; keep one answer")
        answers[answer.example] = answer
    if not answers:
        raise DataError(f'{path} has no answer; write rows such as {{"output": "a cat", "references": ["cat"]}}')
    return list(answers.values())


def _answer(row: Row, *, place: str, number: int, parser: Parser) -> Answer:
    output = row.prediction if row.output is None else row.output
    if output is None or (row.output is not None and row.prediction is not None):
        raise DataError(f"{place}: give what the model wrote, as output or as prediction, once")
    references = (row.references,) if isinstance(row.references, str) else row.references
    context = Context(options=row.options, labels=row.labels)
    read = parser.read(output, context=context)
    return Answer(
        example=str(number if row.id is None else row.id),
        text=read.text,
        references=references,
        reason=read.reason,
        output=output,
        context=context,
        about=row.about,
    )
