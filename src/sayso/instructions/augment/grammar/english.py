"""The few words and forms of English that instructions are made of, and agreement between them.

Closed lists, on purpose: what is not listed is left as it stands, so that the grammar changes only what it understands.
"""

import re

__all__ = [
    "agree_articles",
    "article",
    "capitalise",
    "contains_relative",
    "IMAGE",
    "lower_first",
    "STATE_VERBS",
    "VERBS",
]

IMAGE = r"(?:image|picture|photo|photograph|scene)"
"""What a template calls its picture."""

_VERB_WORDS = (
    "analyze answer assess assign characterize check choose classify compare complete compute consider count "
    "decide describe detect determine draw enumerate estimate evaluate examine explain express extract figure find "
    "generate give identify indicate infer inspect judge label list locate look mark match measure mention "
    "name observe output pick point predict print produce provide rank read recognize report respond return reply "
    "say select solve sort specify spell spot state study suggest summarize summarise tell transcribe translate use view work write "
    "analyse categorize caption create compose draft rewrite convert go"
)
VERBS = frozenset(_VERB_WORDS.split())
"""Verbs that begin a command."""

STATE_VERBS = {
    "agree": "agrees",
    "appear": "appears",
    "belong": "belongs",
    "contain": "contains",
    "contradict": "contradicts",
    "correspond": "corresponds",
    "depict": "depicts",
    "describe": "describes",
    "exist": "exists",
    "fit": "fits",
    "have": "has",
    "hold": "holds",
    "include": "includes",
    "intersect": "intersects",
    "lie": "lies",
    "look": "looks",
    "match": "matches",
    "overlap": "overlaps",
    "refer": "refers",
    "share": "shares",
    "show": "shows",
    "sit": "sits",
    "stand": "stands",
    "support": "supports",
    "touch": "touches",
}
"""What things in pictures do: base form to third person."""

_RELATIVE = re.compile(r"\b(?:that|which|who|whose|whether|if|where)\b")
_VOWEL = re.compile(r"(?i)(?!uni(?![nm])|use|usu|eu|uk|one\b|once)(?:[aeiou]|hour|honest|heir)")
_INDEFINITE = re.compile(r"\b([Aa])n?(?= (?!(?:or|and|is|are|of|in|on|as|at|if)\b)([a-z][a-z-]+))")
"""An article and its word; `option a or b` has none."""


def article(word: str) -> str:
    """`a` or `an` before `word`."""
    return "an" if _VOWEL.match(word) else "a"


def agree_articles(text: str, *, original: str) -> str:
    """Every a/an before a small-letter word put right where `original` does not have it so; slots and names are left alone."""

    def right(match: re.Match[str]) -> str:
        if f"{match.group()} {match[2]}" in original:
            return match.group()
        chosen = article(match[2])
        return chosen.capitalize() if match[1] == "A" else chosen

    return _INDEFINITE.sub(right, text)


def capitalise(text: str) -> str:
    """The first letter made a capital, unless the text begins with a slot or a quotation."""
    return text[:1].upper() + text[1:]


def lower_first(text: str) -> str:
    """The first letter made small, unless the first word is `I`, an acronym or a slot."""
    if re.match(r"(?:I\b|[A-Z]{2}|[A-Z]:)", text):
        return text
    return text[:1].lower() + text[1:]


def contains_relative(text: str) -> bool:
    """Whether a noun phrase holds a clause of its own, which makes its end unsure."""
    return bool(_RELATIVE.search(text)) or "," in text
