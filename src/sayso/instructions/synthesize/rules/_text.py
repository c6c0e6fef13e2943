"""What rules need of a text: its form without what nobody reads, and its first character."""

import string
import unicodedata
from hashlib import blake2b

__all__ = ["fold", "is_punctuation", "mark"]

_ASCII_PUNCTUATION = frozenset(string.punctuation)
_OPENING = frozenset("¿¡")
"""Marks that begin a Spanish sentence."""


def fold(text: str) -> str:
    """Unicode forms, case and white space made equal."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def mark(*texts: str) -> bytes:
    """16 bytes that tell texts apart, each in its place, whatever characters they have."""
    whole = blake2b(digest_size=16)
    for text in texts:
        part = text.encode("utf-8", "surrogatepass")
        whole.update(len(part).to_bytes(8, "big") + part)
    return whole.digest()


def is_punctuation(character: str) -> bool:
    """Python's ASCII punctuation, as Self-Instruct takes it, and Unicode's, without what opens a sentence or a quotation elsewhere."""
    category = unicodedata.category(character)
    return character in _ASCII_PUNCTUATION or (category in {"Pc", "Pd", "Pe", "Pf", "Po"} and character not in _OPENING)
