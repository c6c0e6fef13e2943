"""A true and a false caption of one picture as a choice of two.

Publishers compare how well a model thinks each fits, and list the true one first. A model that writes is asked to choose; which comes first is then drawn by the
name of the row alone, so that it is the same in every reading and half the time the true one.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Literal, TypedDict, TypeVar

from sayso.config import PluginConfig, PromptConfig
from sayso.errors import DataError
from sayso.evaluate.suites._protocol import Files
from sayso.evaluate.suites._reading import data_files, each, said
from sayso.evaluate.suites._wordings import CAPTION_PAIR
from sayso.records import Example, Media, Options
from sayso.seeds import derive
from sayso.sources import BadRow
from sayso.sources._files import read_entries

__all__ = ["caption_pair", "PAIRS", "read_pairs"]

R = TypeVar("R")


class Card(TypedDict):
    """What the card of a suite of pairs says."""

    wordings: tuple[str, ...]
    slots: dict[str, str]
    output: Literal["option"]
    prompt: PromptConfig
    parser: PluginConfig
    metrics: tuple[PluginConfig, ...]


PAIRS: Card = {
    "wordings": CAPTION_PAIR,
    "slots": {"options": "options"},
    "output": "option",
    "prompt": PromptConfig(options="letter_lines"),
    "parser": PluginConfig(name="letter"),
    "metrics": (PluginConfig(name="accuracy"),),
}


def read_pairs(
    files: Files,
    row: type[R],
    *,
    parts: Callable[[Path], Iterable[tuple[str, str]]],
    example: Callable[[R, str, str], Example],
) -> Iterator[Example | BadRow]:
    """Every row of the JSON files. `parts` tells the names of the lists in a file, each with the key that it is under; `example` takes a row, its key and that name."""
    for path in data_files(files, ".json"):
        for name, under in parts(path):
            entries = ((key, found) for _, key, found in read_entries(path, row, under=under))
            yield from each(entries, lambda found, key, name=name: example(found, key, name))  # type: ignore[misc]


def caption_pair(name: str, *, true: str, false: str, media: Media, about: dict[str, str]) -> Example:
    """The example called `SUITE/...`; `about` is what else the suite says of it.

    Raises:
        DataError: a caption is blank, or both are the same.
    """
    right, wrong = said(true, what="caption"), said(false, what="false caption")
    if right == wrong:
        raise DataError(f"both captions are {right!r}; correct or remove the row")
    order = (right, wrong) if derive("caption pair", name) % 2 else (wrong, right)
    suite = name.partition("/")[0]
    return Example(
        id=name,
        task=suite,
        source=suite,
        split="",
        fields={"options": Options(items=order), **about},
        media=(media,),
        references=(right,),
    )
