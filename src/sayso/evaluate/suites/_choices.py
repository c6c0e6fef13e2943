"""Questions with lettered options, answered by a letter: the card and the example that tests of multiple choice share.

The gold answer is the option's text, so that it is right under every order and style of options; the parser reads the letter.
"""

from collections.abc import Sequence
from string import ascii_uppercase
from typing import TypedDict

from sayso.config import PluginConfig, PromptConfig
from sayso.errors import DataError
from sayso.evaluate.suites._reading import said
from sayso.evaluate.suites._wordings import CHOICE, LETTER
from sayso.records import Example, Media, Options

__all__ = ["CHOICES", "letter_of", "make_choice"]


class Card(TypedDict):
    """What the card of a suite of choices says."""

    wordings: tuple[str, ...]
    slots: dict[str, str]
    prompt: PromptConfig
    metrics: tuple[PluginConfig, ...]


CHOICES: Card = {
    "wordings": (LETTER, *CHOICE),
    "slots": {"question": "text", "options": "options"},
    "prompt": PromptConfig(options="letter_lines"),
    "metrics": (PluginConfig(name="accuracy"),),
}


def letter_of(answer: str, *, count: int) -> int:
    """The position of the option with that letter.

    Raises:
        DataError: it is no letter of `count` options.
    """
    letter = answer.strip().strip("().").upper()
    if len(letter) != 1 or letter not in ascii_uppercase[:count]:
        raise DataError(f"answer {answer!r} is no letter of {count} options; use a split with answers")
    return ascii_uppercase.index(letter)


def make_choice(
    name: str, *, question: str, options: Sequence[str], answer: int, media: tuple[Media, ...], about: dict[str, str]
) -> Example:
    """The example called `SUITE/...`, whose right option is number `answer`; `about` is what else the suite says of it.

    Raises:
        DataError: there are not two options to choose from, one is blank, or the answer is none of them.
    """
    shown = tuple(said(option, what="option") for option in options)
    if len(shown) < 2:
        raise DataError(f"{name} has the options {shown}; a choice needs two at least")
    if not 0 <= answer < len(shown):
        raise DataError(f"{name} has {len(shown)} options and the answer {answer}, counted from 0; correct the row")
    suite = name.partition("/")[0]
    return Example(
        id=name,
        task=suite,
        source=suite,
        split="",
        fields={"question": said(question, what="question"), "options": Options(items=shown), **about},
        media=media,
        references=(shown[answer],),
    )
