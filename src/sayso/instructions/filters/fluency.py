"""Fluency: cheap signs of broken text, none of which the parent has as well.

A word twice in a row, quotes or brackets without their partner, an end in mid-sentence, the same few words again and again, words
that no English word looks like (`_letters.json`: which letter may follow which two, from 11,691 words of instruction data), a word of the
parent misspelt, capitals throughout, and missing spaces. Letters are looked at in English wordings only.
"""

import json
import re
from collections import Counter
from functools import lru_cache
from importlib.resources import files

from sayso.instructions.filters._protocol import FilterContext, filters
from sayso.instructions.filters.meaning.reading import stem, weight
from sayso.records import Template, Verdict

__all__ = ["fluency", "FluencyFilter"]

_MOST_READ = 8000
_SLOT = re.compile(r"\{\{|\}\}|\{[^{}]*\}")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_DOUBLED = re.compile(r"\b([^\W\d_]+)\s+\1\b", re.I)
_MAY_DOUBLE = frozenset({"that", "had", "is", "do", "very", "so", "in"})
_PAIRS = (("(", ")"), ("[", "]"), ("“", "”"), ("«", "»"))
_HANGING_WORDS = (
    "a an the of to in on at by for from with and or but nor if whether that which who whose than as into onto between"
    " among is are was were be been has have your my their its this these because while when about"
)
_HANGING = frozenset(_HANGING_WORDS.split())
_OPEN_END = re.compile(r"[,;(\[–—-]\Z")
_SQUEEZED = re.compile(r"[a-z]{2}[.!?,;][A-Za-z]{2}|[a-z]{3}[A-Z][a-z]{2}|[A-Za-z]{26,}")
_DIGITS_INSIDE = re.compile(r"\b\w*[A-Za-z][0-9@$]+[A-Za-z]\w*\b")
_LONG_GRAM, _LONG_TIMES = 4, 3


class FluencyFilter:
    """Looks for signs of broken text."""

    def judge(self, candidate: Template, *, context: FilterContext) -> Verdict:
        """Refuse text that shows a sign which its parent does not; the reason names it."""
        given, found = context.parent.text[:_MOST_READ], candidate.text[:_MOST_READ]
        problem = _form(given, found) or _repeats(given, found)
        if problem is None and candidate.language == "en":
            problem = _letters(given, found)
        return Verdict(keep=problem is None, reason=problem or "reads well")


def _form(given: str, found: str) -> str | None:
    for told, broken in (
        ("a quote or bracket has no partner", _unbalanced),
        ("ends in mid-sentence", _unfinished),
        ("capitals throughout", _shouted),
    ):
        if broken(found) and not broken(given):
            return told
    squeezed = set(_SQUEEZED.findall(_SLOT.sub(" ", found))) - set(_SQUEEZED.findall(_SLOT.sub(" ", given)))
    return "a space is missing" if squeezed else None


def _unbalanced(text: str) -> bool:
    plain = _SLOT.sub(" ", text)
    return plain.count('"') % 2 == 1 or any(plain.count(one) != plain.count(other) for one, other in _PAIRS)


def _unfinished(text: str) -> bool:
    end = text.rstrip()
    last = re.search(r"([^\W\d_]+)\Z", end)
    return bool(_OPEN_END.search(end)) or bool(last and last.group().lower() in _HANGING)


def _shouted(text: str) -> bool:
    words = [word for word in _WORD.findall(_SLOT.sub(" ", text)) if len(word) > 1]
    return len(words) > 3 and sum(word.isupper() for word in words) > 0.6 * len(words)


def _repeats(given: str, found: str) -> str | None:
    doubled = {word.lower() for word in _DOUBLED.findall(found)} - {word.lower() for word in _DOUBLED.findall(given)}
    if doubled - _MAY_DOUBLE:
        return "a word stands twice"
    grams = Counter(_grams(found))
    if any(count >= _LONG_TIMES for count in (grams - Counter(_grams(given))).values()):
        return "the same words again and again"
    return None


def _grams(text: str) -> list[tuple[str, ...]]:
    words = [word.lower() for word in _WORD.findall(_SLOT.sub(" ", text))]
    return list(zip(*(words[i:] for i in range(_LONG_GRAM)), strict=False))


def _letters(given: str, found: str) -> str | None:
    known = {word.lower() for word in _WORD.findall(given)}
    new = {word.lower() for word in _WORD.findall(_SLOT.sub(" ", found))} - known
    if any(map(_is_soup, new)) or set(_DIGITS_INSIDE.findall(found)) - set(_DIGITS_INSIDE.findall(given)):
        return "letters that make no word"
    lost = [word for word in known if word not in found.lower() and len(word) > 3]
    if any(_misspells(word, other) for word in new if word.isalpha() for other in lost):
        return "a word of its parent misspelt"
    return None


def _is_soup(word: str) -> bool:
    """Most of its letters follow one another as in no English word."""
    if not word.isascii() or not word.isalpha() or len(word) < 4:
        return False
    odd = _odd_letters(word)
    return odd >= 3 and odd >= 0.4 * len(word)


@lru_cache(maxsize=65536)
def _odd_letters(word: str) -> int:
    seen, whole = _seen(), f"^{word}$"
    return sum(whole[i + 2] not in seen.get(whole[i : i + 2], "") for i in range(len(whole) - 2))


@lru_cache(maxsize=1)
def _seen() -> dict[str, str]:
    found: dict[str, str] = json.loads(files(__package__).joinpath("_letters.json").read_text("utf-8"))
    return found


def _misspells(word: str, other: str) -> bool:
    """One letter left out, added, changed or swapped, in a word that instructions do not use."""
    if abs(len(word) - len(other)) > 1 or word[0] != other[0] or stem(word) == stem(other) or weight(stem(word)) < 0.99:
        return False
    start = next((i for i, (a, b) in enumerate(zip(word, other, strict=False)) if a != b), min(len(word), len(other)))
    rest, other_rest = word[start:], other[start:]
    swapped = rest[:2] == other_rest[:2][::-1] and rest[2:] == other_rest[2:]
    return swapped or rest[1:] == other_rest[1:] or rest[1:] == other_rest or rest == other_rest[1:]


@filters.register("fluency")
def fluency() -> FluencyFilter:
    """The filter `fluency`; it has no options."""
    return FluencyFilter()
