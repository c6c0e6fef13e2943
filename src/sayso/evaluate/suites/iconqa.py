"""IconQA: questions about diagrams, with words to choose from, pictures to choose from, or a blank to fill (Lu et al. 2021, NeurIPS).

`problems.json` maps ids to `question`, `choices`, `answer`, `ques_type` and `split`; `pid_splits.json` is not needed. The picture of problem 7 is
`test/choose_txt/7/image.png`, its pictures to choose from lie beside it as `choice_0.png` and so on.
"""

from collections.abc import Iterator
from functools import partial
from typing import Literal, TypeAlias

import msgspec

from sayso.config import PluginConfig
from sayso.errors import DataError
from sayso.evaluate.suites._choices import CHOICES, make_choice
from sayso.evaluate.suites._protocol import Files, Suite, suites
from sayso.evaluate.suites._reading import NotAskedError, each, picture, said
from sayso.evaluate.suites._wordings import ONE_WORD
from sayso.records import Example, FieldValue, Media
from sayso.sources import BadRow
from sayso.sources._files import read_entries

__all__ = ["iconqa"]

Kind: TypeAlias = Literal["choose_txt", "choose_img", "fill_in_blank"]
ORDINALS = ("first", "second", "third", "fourth", "fifth")
BLANK = (
    "{question}\nFill in the blank. Answer with a single word or number.",
    "Look at the diagram and give what is missing, in one word or number: {question}",
    "Question: {question}\nShort answer:",
    "{question}\nReply with nothing but the word or number that belongs there.",
    "Using the picture, answer in one word or number. {question}",
)


class Row(msgspec.Struct, frozen=True):
    """One problem."""

    question: str
    answer: int | str
    ques_type: str
    choices: list[str] | None = None
    split: str = ""


@suites.register("iconqa")
def iconqa(*, kind: Kind = "choose_txt", split: str | None = "test") -> Suite:
    """Problems of one kind.

    Args:
        kind: which of the three sub-tasks.
        split: `train`, `val` or `test`; all where None.
    """
    card = {
        "name": "iconqa",
        "title": f"IconQA, {kind}",
        "label": "iconqa" if kind == "choose_txt" else f"iconqa_{kind}",
        "source": "arXiv:2110.13214; file of lupantech/IconQA; prompt of lmms-eval for choices and for short answers",
        "needs": "data: problems.json; images: the folder iconqa with test/choose_txt and so on",
        "group": "reasoning",
        "read": partial(_read, kind=kind, split=split),
    }
    if kind == "fill_in_blank":
        metrics = (PluginConfig(name="exact_match"),)
        return Suite(wordings=(ONE_WORD, *BLANK), slots={"question": "text"}, metrics=metrics, **card)  # type: ignore[arg-type]
    return Suite(output="option", parser=PluginConfig(name="letter"), **CHOICES, **card)  # type: ignore[arg-type]


def _read(files: Files, *, kind: str, split: str | None) -> Iterator[Example | BadRow]:
    entries = ((key, row) for _, key, row in read_entries(files.data, Row))
    yield from each(entries, lambda row, key: _example(row, key, files=files, kind=kind, split=split))


def _example(row: Row, key: str, *, files: Files, kind: str, split: str | None) -> Example:
    if row.ques_type != kind:
        raise NotAskedError(f"of the kind {row.ques_type!r}")
    if split is not None and row.split != split:
        raise NotAskedError(f"of the split {row.split!r}")
    name = f"iconqa/{key}"
    media: tuple[Media, ...] = (_picture(files, row, key, "image.png"),)
    if kind == "fill_in_blank":
        fields: dict[str, FieldValue] = {"question": said(row.question, what="question"), "category": kind}
        reference = said(str(row.answer), what="answer")
        return Example(
            id=name, task="iconqa", source="iconqa", split="", fields=fields, media=media, references=(reference,)
        )
    choices = row.choices or []
    if kind == "choose_img":
        media += tuple(_picture(files, row, key, f"choice_{number}.png") for number in range(len(choices)))
        choices = [f"The {ordinal} image of the choices" for ordinal in ORDINALS[: len(choices)]]
    return make_choice(
        name,
        question=row.question,
        options=choices,
        answer=_position(row.answer),
        media=media,
        about={"category": kind},
    )


def _position(answer: int | str) -> int:
    if not str(answer).isdecimal():
        raise DataError(f"answer {answer!r} is no position of a choice, counted from 0; correct or remove the row")
    return int(answer)


def _picture(files: Files, row: Row, key: str, file: str) -> Media:
    return picture(files, f"{row.split}/{row.ques_type}/{key}/{file}", f"{row.ques_type}/{key}/{file}", f"{key}/{file}")
