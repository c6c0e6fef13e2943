"""What was asked and what came back, as rows on disk, and how the two become answers.

`samples.jsonl` has a row an example, whatever the wording: references, options, what else the suite says of it, its pictures. With the predictions it is all
that scoring needs, so that another parser or metric can be tried at any time.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from sayso.artifacts import read_jsonl
from sayso.config import PromptConfig
from sayso.errors import DataError
from sayso.evaluate.corpus import Answer
from sayso.evaluate.metrics import Context
from sayso.evaluate.parsers import Parsed, Parser
from sayso.evaluate.scoring import is_compared
from sayso.instructions.options import option_labels
from sayso.instructions.regions import parse_regions
from sayso.records import Example, Media, Prediction, Record, Region, Sample

__all__ = ["Asked", "asked_of", "read_answers", "read_asked", "read_predictions"]


class Asked(Record, frozen=True, kw_only=True):
    """One example; `sizes` are those of its pictures in pixels, `pictures` their names, empty for bytes in the row.

    `question` is what a judge reads: the field of that name, or the published prompt where there is none.
    """

    example: str
    question: str = ""
    references: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    about: dict[str, str] = msgspec.field(default_factory=dict)
    pictures: tuple[str, ...] = ()
    sizes: tuple[tuple[int, int], ...] = ()

    @property
    def media(self) -> tuple[Media, ...]:
        """The pictures, by name alone."""
        return tuple(
            Media(path=name, width=w, height=h) for name, (w, h) in zip(self.pictures, self.sizes, strict=True)
        )

    def context(self, *, prompt: PromptConfig, extraction: str) -> Context:
        """What a parser or metric may know; labels only count where the model wrote its answer itself."""

        def read_regions(text: str) -> tuple[Region, ...]:
            return parse_regions(text, style=prompt.regions, media=self.media)

        labels = () if is_compared(extraction) else self.labels
        return Context(options=self.options, labels=labels, read_regions=read_regions)


def asked_of(example: Example, *, sample: Sample, prompt: PromptConfig, slots: Mapping[str, str]) -> Asked:
    """The row of an example; fields that are text and no slot are `about` it."""
    about = {name: value for name, value in example.fields.items() if isinstance(value, str) and name not in slots}
    question = example.fields.get("question")
    return Asked(
        example=example.id,
        question=question if isinstance(question, str) else "".join(message.text for message in sample.messages),
        references=sample.references,
        options=sample.options,
        labels=option_labels(len(sample.options), style=prompt.options),
        about=about,
        pictures=tuple(one.path or "" for one in example.media),
        sizes=tuple((one.width, one.height) for one in example.media),
    )


def read_asked(folder: Path) -> dict[str, Asked]:
    """What was asked, by example, in order.

    Raises:
        DataError: the file is missing, empty or wrong, or an example is in it twice.
    """
    path, rows = folder / "samples.jsonl", dict[str, Asked]()
    for row in read_jsonl(path, Asked):
        if row.example in rows:
            raise DataError(f"{path}: example {row.example!r} is there twice; remove one of the two rows")
        rows[row.example] = row
    if not rows:
        raise DataError(f"{path} has no row; run the suite again")
    return rows


def read_predictions(
    folder: Path, *, asked: Mapping[str, Asked], templates: Sequence[str]
) -> dict[str, list[Prediction]]:
    """The predictions under each wording, in the order in which the examples were asked.

    Raises:
        DataError: one is for an example or wording that was not asked, is there twice, or is missing.
    """
    path = folder / "predictions.jsonl"
    found: dict[str, dict[str, Prediction]] = {template: {} for template in templates}
    for row in read_jsonl(path, Prediction):
        if row.template not in found or row.example not in asked:
            raise DataError(f"{path}: example {row.example!r} under wording {row.template!r} was not asked here")
        if row.example in found[row.template]:
            raise DataError(f"{path}: example {row.example!r} is answered twice under wording {row.template!r}")
        found[row.template][row.example] = row
    for template, rows in found.items():
        if missing := [example for example in asked if example not in rows]:
            raise DataError(f"{path}: {len(missing)} predictions are missing under {template!r}, first {missing[0]!r}")
    return {template: [rows[example] for example in asked] for template, rows in found.items()}


def read_answers(
    predictions: Sequence[Prediction], *, asked: Mapping[str, Asked], parser: Parser, prompt: PromptConfig
) -> list[Answer]:
    """Each prediction as the parser reads it."""
    return [_answer(row, asked[row.example], parser=parser, prompt=prompt) for row in predictions]


def _answer(row: Prediction, asked: Asked, *, parser: Parser, prompt: PromptConfig) -> Answer:
    context = asked.context(prompt=prompt, extraction=row.extraction)
    parsed = Parsed(text=row.output) if is_compared(row.extraction) else parser.read(row.output, context=context)
    return Answer(
        example=row.example,
        text=parsed.text,
        references=asked.references,
        reason=parsed.reason,
        output=row.output,
        context=context,
        about=asked.about,
    )
