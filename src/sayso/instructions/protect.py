"""Slot protection: what rewrites a template never sees a slot, only a word that nobody could have guessed.

Every occurrence of a slot becomes its own sentinel, so that a template may name a slot twice. Literal braces are shown
single and doubled again afterwards. Restoring checks that each sentinel came back exactly once: a lost, doubled or
invented slot is told, never passed on. A template that spells out what looks like a sentinel keeps it as the text it is.
Nothing is evaluated or formatted.
"""

import re
from collections import Counter
from dataclasses import dataclass

from sayso.errors import DataError
from sayso.instructions.template import Slot, parse
from sayso.seeds import derive

__all__ = ["protect", "Protected", "restore", "reveal", "SENTINEL"]

SENTINEL = re.compile(r"SLOT[0-9A-F]{12}")
"""What a protected slot looks like: one word, so that a rewriter treats it as a noun."""


@dataclass(frozen=True, slots=True)
class Protected:
    """Text with sentinels for slots; `names` maps each sentinel to its slot's name, in order of appearance."""

    text: str
    names: dict[str, str]


def protect(text: str, *, seed: int) -> Protected:
    """Hide the slots of a template's text.

    Raises:
        DataError: the text is no template.
    """
    names: dict[str, str] = {}
    chunks = []
    for position, piece in enumerate(parse(text).pieces):
        if isinstance(piece, Slot):
            chunks.append(_fresh(text, seed, position))
            names[chunks[-1]] = piece.name
        else:
            chunks.append(piece)
    return Protected("".join(chunks), names)


def _fresh(text: str, seed: int, position: int) -> str:
    attempt = 0
    while True:
        word = f"SLOT{derive('sentinel', seed, text, position, attempt) & (2**48 - 1):012X}"
        if word not in text:
            return word
        attempt += 1


def restore(text: str, *, protected: Protected) -> str:
    """Put the slots back into rewritten text; any braces in it become literal.

    Raises:
        DataError: the sentinels in `text` are not exactly those of `protected`.
    """
    found = Counter(SENTINEL.findall(text))
    given = Counter(SENTINEL.findall(protected.text))
    wrong = [word for word in {*found, *given} if found[word] != given[word]]
    if wrong:
        told = ", ".join(sorted(f"{{{protected.names.get(word, word)}}} {found[word]} times" for word in wrong))
        raise DataError(f"rewritten text {text[:200]!r} does not hold each slot exactly once: {told}")
    return reveal(text, protected=protected)


def reveal(text: str, *, protected: Protected) -> str:
    """`text` with the names of the sentinels it holds, unchecked: for people who read what was wrong with it."""
    escaped = text.replace("{", "{{").replace("}", "}}")
    return SENTINEL.sub(lambda match: _slot(match.group(), protected), escaped)


def _slot(word: str, protected: Protected) -> str:
    return f"{{{protected.names[word]}}}" if word in protected.names else word
