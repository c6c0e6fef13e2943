"""Instructions cut into the units that may be templates: sentences, and what comes before the first colon of a sentence.

A text is cut at line breaks, then after `. ? !` where space follows, and after the full stops of Chinese and Japanese anywhere. The
label of a list (`A.`, `12.`) ends no sentence. A sentence with a colon inside gives a second unit, its beginning up to and with that
colon: "Please describe this region: [0.1, 0.2]" never recurs, its beginning does. Units without a letter are none.

Two units are the same template where their keys are equal: white space collapsed, case folded. A unit belongs to a text only where
every character of it has the role `instr`: what sayso rendered itself has exact roles already.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from sayso.records import TextPart

__all__ = ["is_prefix", "is_question", "key_of", "open_units", "Unit", "units"]

BREAK = re.compile(r"[\r\n]+|[.?!]+[\"'”’)\]]*(?=\s|\Z)|[。？！]+[”’」』]*")
COLON = re.compile(r":(?=\s|\Z|[\[(<{\"'“‘])|：")
LABEL = re.compile(r"\s*\(?(?:\d{1,3}|[^\W\d_])[.)]+\Z")
LETTER = re.compile(r"[^\W\d_]")
INSTR = "instr"


class Unit(NamedTuple):
    """Characters `start` to `end` (end excluded, no white space at either end) and the key by which units are compared."""

    start: int
    end: int
    key: str


def key_of(text: str) -> str:
    """What equal units have in common: white space collapsed and stripped, case folded."""
    return " ".join(text.split()).casefold()


def is_prefix(key: str) -> bool:
    """Whether the unit of this key introduces what comes after it: it ends with a colon."""
    return key.endswith((":", "："))


def is_question(key: str) -> bool:
    """Whether the unit of this key asks something: it ends with a question mark, closing quotes and brackets aside."""
    return key.rstrip("\"'”’)]」』").endswith(("?", "？"))


def units(text: str) -> list[Unit]:
    """The units of a text in order, a sentence before the prefix of it."""
    found: list[Unit] = []
    start = 0
    for match in BREAK.finditer(text):
        end = match.end()
        if LABEL.match(text, start, end):
            continue
        found += _sentence(text, start, end)
        start = end
    found += _sentence(text, start, len(text))
    return found


def _sentence(text: str, start: int, end: int) -> Iterator[Unit]:
    sentence = text[start:end]
    bare = sentence.strip()
    if not LETTER.search(bare):
        return
    start += sentence.index(bare[0])
    end = start + len(bare)
    yield Unit(start, end, key_of(bare))
    colon = COLON.search(text, start, end)
    if colon and colon.end() < end and LETTER.search(text, start, colon.end()):
        yield Unit(start, colon.end(), key_of(text[start : colon.end()]))


def open_units(part: TextPart) -> list[Unit]:
    """The units of a text of the user that may be templates: all of it is `instr`."""
    if all(span.role == INSTR for span in part.spans):
        return units(part.text)
    closed = [(span.start, span.end) for span in part.spans if span.role != INSTR]
    return [unit for unit in units(part.text) if not any(a < unit.end and unit.start < b for a, b in closed)]
