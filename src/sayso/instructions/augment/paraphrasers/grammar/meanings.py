"""What a sentence asks for, apart from how it asks: one small record per meaning that this grammar knows.

"Tell me which option shows a dog."   "Which option shows a dog?"      Which("option", "shows a dog")
"Decide if the text is true."         "Is the text true?"              Whether("the text", "is", "true")
"""

from dataclasses import dataclass
from typing import TypeAlias

__all__ = [
    "Asked",
    "Attribute",
    "Command",
    "Core",
    "Describe",
    "HowMany",
    "WhatIs",
    "Where",
    "Whether",
    "Which",
]


@dataclass(frozen=True, slots=True)
class Command:
    """A verb phrase in its base form: `answer the question`."""

    phrase: str


@dataclass(frozen=True, slots=True)
class Whether:
    """Yes or no: a subject, `is`/`are`/`can`/`does`/`do`, and the rest, which holds a base verb after `does` and `do`."""

    subject: str
    auxiliary: str
    rest: str


@dataclass(frozen=True, slots=True)
class Which:
    """The thing of a kind (`option`, or empty for `what`) of which a predicate in the third person holds.

    `chosen` says that it is to be chosen among given ones, even where the template does not list them, and `found` that it is
    to be found: an object that is to be named is not asked for by its place.
    """

    noun: str
    predicate: str
    chosen: bool = False
    found: bool = False


@dataclass(frozen=True, slots=True)
class WhatIs:
    """A noun phrase to be filled in, and whether it is `is` or `are`."""

    phrase: str
    be: str


@dataclass(frozen=True, slots=True)
class Attribute:
    """The color, shape, size ... of something."""

    attribute: str
    owner: str
    be: str


@dataclass(frozen=True, slots=True)
class HowMany:
    """A number of things, at a place or with a predicate, either of which may be empty."""

    noun: str
    place: str
    predicate: str = ""


@dataclass(frozen=True, slots=True)
class Where:
    """The place of something."""

    phrase: str
    be: str


@dataclass(frozen=True, slots=True)
class Describe:
    """A description of something; `style` is empty, `brief` or `detailed`."""

    phrase: str
    style: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Any other question, and the same as a clause: `what is the dog doing`, `what the dog is doing`."""

    question: str
    clause: str


Core: TypeAlias = Asked | Command | Whether | Which | WhatIs | Attribute | HowMany | Where | Describe
"""Any of them."""
