"""What open suites share: rows of published files become examples, one bad row at a time, and wordings that ask for a short answer.

A row that cannot be used is a BadRow with its place: a question without an answer, an id that was there before. All else is as in `_reading`.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from sayso.config import PluginConfig
from sayso.errors import DataError
from sayso.evaluate.suites import _reading
from sayso.evaluate.suites._protocol import Files
from sayso.records import Example, FieldValue, Media
from sayso.sources import BadRow

__all__ = ["ask", "each", "find", "numbered", "plugin", "SHORT"]

R = TypeVar("R")
SHORT = (
    "{question}\nAnswer the question using a single word or phrase.",
    "{question}\nReply with one word or a few words only.",
    "Question: {question}\nShort answer:",
    "In as few words as possible, and without a sentence around them: {question}",
    "Look at the picture, then write nothing but the answer itself.\n{question}",
)
"""The published prompt of LLaVA and lmms-eval for short answers, and four of our own that ask for the same."""


def each(rows: Iterable[tuple[str, R | BadRow]], make: Callable[[R], Example]) -> Iterator[Example | BadRow]:
    """The example that `make` gives for each row; a DataError that it raises, or an id that was there before, makes that row bad."""
    first: dict[str, str] = {}

    def once(row: R, place: str) -> Example:
        found = make(row)
        if (before := first.setdefault(found.id, place)) != place:
            raise DataError(f"{found.id} was read before, at {before}; remove one of the two rows")
        return found

    yield from _reading.each(rows, once)


def numbered(rows: Iterable[tuple[str, R | BadRow]]) -> Iterator[tuple[str, tuple[int, R] | BadRow]]:
    """Rows with their numbers, from 0, for files that give them none."""
    for number, (place, row) in enumerate(rows):
        yield place, row if isinstance(row, BadRow) else (number, row)


def ask(
    suite: str,
    number: object,
    *,
    fields: dict[str, str],
    references: Iterable[str],
    media: Iterable[Media] = (),
    may_lack: bool = False,
) -> Example:
    """An example of a suite; `fields` are its slots and whatever metrics may want to know of it.

    `may_lack` keeps one without a reference, which some judge can still read.

    Raises:
        DataError: a slot or every reference is blank.
    """
    texts: dict[str, FieldValue] = {name: text.strip() for name, text in fields.items()}
    accepted = tuple(text.strip() for text in references if text.strip())
    if not accepted and not may_lack:
        raise DataError(f"row {number} has no answer; use a split that was published with answers, or remove the row")
    if blank := [name for name in ("question", "prompt", "instruction", "input") if name in texts and not texts[name]]:
        raise DataError(f"row {number} has a blank {blank[0]}; write or remove it")
    return Example(
        id=f"{suite}-{number}",
        task=suite,
        source=suite,
        split="test",
        fields=texts,
        media=tuple(media),
        references=accepted,
    )


def plugin(name: str, **options: Any) -> PluginConfig:
    """A plugin with options, as a recipe would name it."""
    return PluginConfig.model_validate({"name": name, **options})


def find(files: Files, *patterns: str) -> Path:
    """The file itself where `data` is one, else the only file below the folder that fits the first pattern which any fits.

    Raises:
        DataError: none or several fit.
    """
    if files.data.is_file():
        return files.data
    if not files.data.is_dir():
        raise DataError(f"{files.data} does not exist; give the published file, or the folder it is in")
    for pattern in (one.replace("**", "*") for one in patterns):
        found = sorted(path for path in files.data.rglob(pattern) if path.is_file())
        if len(found) > 1:
            raise DataError(
                f"{files.data} has {len(found)} files like {pattern!r} ({found[0].name}, {found[1].name} ...); name one"
            )
        if found:
            return found[0]
    raise DataError(
        f"{files.data} has no file like {' or '.join(map(repr, patterns))}; give the files as they were published"
    )
