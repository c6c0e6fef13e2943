"""Instructions cut into the units that may be templates: sentences, and what comes before the first colon of a sentence.

A text is cut at line breaks, then after `. ? !` where space follows, and after the full stops of Chinese and Japanese anywhere. The
label of a list (`A.`, `12.`) ends no sentence. A sentence with a colon inside gives a second unit, its beginning up to and with that
colon: "Please describe this region: [0.1, 0.2]" never recurs, its beginning does. Units without a letter are none.

Two units are the same template where their keys are equal: white space collapsed, case folded. A unit belongs to a text only where
every character of it has the role `instr`: what sayso rendered itself has exact roles already.
"""

import re
from typing import NamedTuple

from sayso.records import TextPart

__all__ = ["is_prefix", "is_question", "key_of", "open_units", "Unit", "units"]

MARKS = r"[\r\n.?!。？！]"  # a pattern that begins with a set of characters is searched several times as fast as alternatives
BREAK = re.compile(MARKS + MARKS + r"*(?:(?<=[\r\n])|(?<=[.?!])[\"'”’)\]]*(?=\s|\Z)|(?<=[。？！])[”’」』]*)")
COLON = re.compile(r":(?=\s|\Z|[\[(<{\"'“‘])|：")
LABEL = re.compile(r"\(?(?:\d{1,3}|[^\W\d_])[.)]{1,2}\Z")
LONGEST_LABEL = 6
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
        bare = text[start:end].strip()
        if len(bare) <= LONGEST_LABEL and LABEL.match(bare):
            continue
        _add(found, text, bare, start)
        start = end
    _add(found, text, text[start:].strip(), start)
    return found


def _add(found: list[Unit], text: str, bare: str, start: int) -> None:
    """The units of one sentence, which stands somewhere from `start` on with white space before it."""
    if not LETTER.search(bare):
        return
    start = text.index(bare, start)
    found.append(Unit(start, start + len(bare), key_of(bare)))
    if ":" in bare or "：" in bare:
        colon = COLON.search(bare)
        if colon and colon.end() < len(bare) and LETTER.search(bare, 0, colon.end()):
            found.append(Unit(start, start + colon.end(), key_of(bare[: colon.end()])))


def open_units(part: TextPart) -> list[Unit]:
    """The units of a text of the user that may be templates: all of it is `instr`."""
    spans = part.spans
    if (len(spans) == 1 and spans[0].role == INSTR) or all(span.role == INSTR for span in spans):
        return units(part.text)
    closed = [(span.start, span.end) for span in part.spans if span.role != INSTR]
    return [unit for unit in units(part.text) if not any(a < unit.end and unit.start < b for a, b in closed)]
