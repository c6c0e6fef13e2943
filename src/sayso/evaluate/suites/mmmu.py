"""MMMU: questions of college exams in thirty subjects, about one to seven pictures (Yue et al. 2024, CVPR).

Parquet files, one a subject, with `id`, `question`, `options` (a list written as text), `answer`, `question_type` and `image_1` to `image_7`. `<image 1>` in a question
says which picture is meant; pictures are given in the order of their numbers, before the text. As in lmms-eval a choice is asked for by its letter.
"""

import ast
import re
from collections.abc import Iterator
from functools import partial
from typing import Any, Literal

import msgspec

from sayso.config import PluginConfig
from sayso.errors import DataError
from sayso.evaluate.suites._choices import CHOICES, letter_of, make_choice
from sayso.evaluate.suites._protocol import Files, Suite, suites
from sayso.evaluate.suites._reading import NotAskedError, data_files, each, embedded, read_table, said
from sayso.evaluate.suites._wordings import ONE_WORD
from sayso.records import Example, Media
from sayso.sources import BadRow

__all__ = ["mmmu"]

MENTION = re.compile(r"<image (\d)>")
OPEN = (
    "Look at the images and answer briefly: {question}",
    "{question}\nGive only the answer, as short as it can be.",
    "Question: {question}\nShort answer:",
    "This is a question of an exam. {question} Reply with the bare result.",
    "{question}\nYour answer should be one word, number or phrase.",
)
Cell = dict[str, Any] | None


class Row(msgspec.Struct, frozen=True):
    """One question."""

    id: str
    question: str
    answer: str
    question_type: str = "multiple-choice"
    options: str | list[str] = "[]"
    subfield: str = ""
    image_1: Cell = None
    image_2: Cell = None
    image_3: Cell = None
    image_4: Cell = None
    image_5: Cell = None
    image_6: Cell = None
    image_7: Cell = None


@suites.register("mmmu")
def mmmu(*, kind: Literal["multiple-choice", "open"] = "multiple-choice") -> Suite:
    """Questions of one kind; most are choices.

    Args:
        kind: the `question_type`.
    """
    card: dict[str, Any] = {
        "name": "mmmu",
        "title": f"MMMU, {kind}",
        "label": "mmmu_open" if kind == "open" else "mmmu",
        "source": "arXiv:2311.16502; Parquet files of MMMU/MMMU; prompt of lmms-eval",
        "needs": "data: a Parquet file with answers (validation), or a folder of them; pictures included",
        "group": "comprehensive",
        "read": partial(_read, kind=kind),
    }
    if kind == "open":
        return Suite(
            wordings=(ONE_WORD, *OPEN),
            slots={"question": "text"},
            metrics=(PluginConfig(name="exact_match"),),
            **card,
        )
    return Suite(output="option", parser=PluginConfig(name="letter"), **CHOICES, **card)


def _read(files: Files, *, kind: str) -> Iterator[Example | BadRow]:
    for path in data_files(files, ".parquet"):
        yield from each(read_table(path, Row), lambda row, place: _example(row, kind=kind))


def _example(row: Row, *, kind: str) -> Example:
    if row.question_type != kind:
        raise NotAskedError(f"of the kind {row.question_type!r}")
    options = _options(row.options)
    media = tuple(_pictures(row, text=" ".join((row.question, *options))))
    name, subject = f"mmmu/{row.id}", row.id.removeprefix("validation_").rpartition("_")[0]
    if kind == "open":
        return Example(
            id=name,
            task="mmmu",
            source="mmmu",
            split="",
            fields={"question": said(row.question, what="question"), "category": subject},
            media=media,
            references=_accepted(row.answer),
        )
    return make_choice(
        name,
        question=row.question,
        options=options,
        answer=letter_of(row.answer, count=len(options)),
        media=media,
        about={"category": subject, "subfield": row.subfield},
    )


def _options(given: str | list[str]) -> list[str]:
    """A list, or one written as Python writes it."""
    if isinstance(given, str):
        try:
            given = ast.literal_eval(given)
        except (ValueError, SyntaxError) as error:
            raise DataError(f"options {given!r} are no list ({error}); take the file as it was published") from error
    if not isinstance(given, list) or not all(isinstance(option, str) for option in given):
        raise DataError(f"options {given!r} are no list of texts; take the file as it was published")
    return given


def _accepted(answer: str) -> tuple[str, ...]:
    """One answer, or a list of several written as text."""
    return tuple(_options(answer)) if answer.startswith("[") else (said(answer, what="answer"),)


def _pictures(row: Row, *, text: str) -> Iterator[Media]:
    """Those that the text speaks of, by number; all that are there where it speaks of none."""
    cells = {number: getattr(row, f"image_{number}") for number in range(1, 8)}
    named = sorted({int(number) for number in MENTION.findall(text)}) or [n for n, cell in cells.items() if cell]
    for number in named:
        yield embedded(cells.get(number), name=f"{row.id}, picture {number},")
