"""What a rule of the lexicon is, and the pieces that its patterns are made of."""

import re
from dataclasses import dataclass

from sayso.instructions.augment.paraphrasers.grammar.english import IMAGE
from sayso.instructions.augment.paraphrasers.grammar.spread import spread

__all__ = ["Rule", "rule", "SLOT", "THE_IMAGE", "verb"]

SLOT = r"SLOT[0-9A-F]{12}"
THE_IMAGE = rf"(?:the|this) (?:given |provided )?{IMAGE}"
_BASE = (
    r"(?P<pre>\A|[.?!:]\s+|\n|, |\b(?:please|kindly|briefly|(?:can|could|would) you|(?:is|you|need|have|asked|expected|required) to|"
    r"you (?:should|must|will)|to do is|(?:image|picture|photo|text|passage|article|carefully),? and(?: then)?) )"
)
"""Where a command begins. A bare `to` is none: `choose an option to answer the question` says what for."""


@dataclass(frozen=True, slots=True)
class Rule:
    """`pattern` may become any of `alternatives` (regular expression templates); everywhere at once where `everywhere`.

    The rule does not apply to a text that `unless` matches.
    """

    operation: str
    pattern: re.Pattern[str]
    alternatives: tuple[str, ...]
    everywhere: bool = False
    unless: re.Pattern[str] | None = None


def rule(operation: str, pattern: str, *alternatives: str, everywhere: bool = False, unless: str = "") -> Rule:
    """A rule of the lexicon; alternatives are written in the shorthand of `spread`."""
    blocked = re.compile(unless, re.IGNORECASE) if unless else None
    return Rule(operation, re.compile(pattern, re.IGNORECASE), spread(*alternatives), everywhere, blocked)


def verb(words: str, complement: str, *alternatives: str, unless: str = "") -> Rule:
    """A verb at the beginning of a command; alternatives replace the verb alone, and `words` must be among them or go with them."""
    pattern = rf"{_BASE}(?P<v>{words})(?= {complement})"
    return rule("synonyms", pattern, *(rf"\g<pre>{word}" for word in spread(*alternatives)), unless=unless)
