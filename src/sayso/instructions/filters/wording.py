"""What two wordings have in common: normal forms, words, and their overlap.

Normalising forgets what a reader would not call a different wording: case, punctuation, white space, Unicode forms. Slots keep
their names, as words of their own.
"""

import re
import unicodedata
from collections import Counter
from functools import lru_cache

__all__ = ["key", "overlap", "words", "words_outside_slots"]

_TOKEN = re.compile(r"\{[a-z][a-z0-9_]*\}|[^\s{}_]+")
_SLOT = re.compile(r"\{[a-z][a-z0-9_]*\}")
_POLITE = frozenset({"please", "kindly"})
_SHORT_FORMS = {"n't": " not", "cannot": "can not", "what's": "what is", "i'd": "i would", "it's": "it is"}
_MAX_CHARACTERS = 20_000
"""Longer texts are compared by their beginning: other filters refuse them, and time stays bounded."""


@lru_cache(maxsize=65536)
def words(text: str) -> tuple[str, ...]:
    """The normalised words of a wording in order, slots as `{name}`; short forms are written out."""
    plain = unicodedata.normalize("NFKC", text[:_MAX_CHARACTERS]).casefold().replace("’", "'")
    plain = plain.replace("can't", "can not").replace("won't", "will not")
    for short, full in _SHORT_FORMS.items():
        plain = plain.replace(short, full)
    return tuple(_TOKEN.findall("".join(c if _is_written(c) else " " for c in plain)))


def _is_written(character: str) -> bool:
    """Letters, digits and slots; vowel signs of other scripts too, without which different words would be equal."""
    return character.isalnum() or character in "{}_" or unicodedata.category(character).startswith("M")


@lru_cache(maxsize=65536)
def key(text: str) -> str:
    """A text that equal wordings share, whatever their case, punctuation, spacing or short forms."""
    return " ".join(words(text))


def words_outside_slots(text: str) -> int:
    """How many white-space separated words a wording has beside its slots."""
    return len(re.findall(r"\S*\w\S*", _SLOT.sub(" ", text)))


def overlap(first: str, second: str) -> float:
    """The share of words, counted with repetition, that two wordings have in common, in [0, 1]; politeness does not count."""
    one, two = _bag(first), _bag(second)
    fewer, other = (one, two) if len(one) < len(two) else (two, one)
    common = sum(min(count, other[word]) for word, count in fewer.items() if word in other)
    union = one.total() + two.total() - common
    return common / union if union else 1.0


@lru_cache(maxsize=65536)
def _bag(text: str) -> Counter[str]:
    """Words and how often; never changed, since it is kept."""
    return Counter(word for word in words(text) if word not in _POLITE)
