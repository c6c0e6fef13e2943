"""Characters: plain readable text and nothing else.

Refused are control and format characters (bidirectional marks, zero-width joiners: they make a text read other than it
is), private and unassigned code points, lone surrogates, markup and chat control tokens (they would end up in prompts), and
texts too long to be an instruction. Line breaks are allowed. Markup that the parent has as well is allowed too.
"""

import re
import unicodedata

from sayso.instructions.filters._protocol import FilterContext, filters
from sayso.records import Template, Verdict

__all__ = ["characters", "CharactersFilter"]

_BIDIRECTIONAL = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_KINDS = {
    "Cc": "a control character",
    "Cf": "an invisible format character",
    "Cs": "half a surrogate pair",
    "Co": "a private character",
    "Cn": "an unassigned character",
    "Zl": "a line separator",
    "Zp": "a paragraph separator",
}
_MARKUP = re.compile(
    r"</?[A-Za-z!|][^<>\n]{0,200}>|<\||\|>|\[/?INST\]|<</?SYS>>|```|~~~|\$\{|\{%|%\}|%\(\w+\)|&#?\w{2,8};|\]\(\w+:|\x60[^\x60\n]*\x60"
)


class CharactersFilter:
    """Looks at every character of a candidate once."""

    def __init__(self, *, max_characters: int) -> None:
        self._max_characters = max_characters

    def judge(self, candidate: Template, *, context: FilterContext) -> Verdict:
        """Refuse text that is too long, empty, not plain, or marked up."""
        reason = self._problem(candidate.text, parent=context.parent.text)
        return Verdict(keep=reason is None, reason=reason or "plain text")

    def _problem(self, text: str, *, parent: str) -> str | None:
        if len(text) > max(self._max_characters, 2 * len(parent)):
            return "too many characters"
        if not text.strip():
            return "empty"
        return _unreadable(text) or _markup(text, parent=parent)


def _unreadable(text: str) -> str | None:
    for character in text:
        if character in _BIDIRECTIONAL:
            return "a bidirectional mark"
        if character != "\n" and (kind := _KINDS.get(unicodedata.category(character))):
            return kind
    return None


def _markup(text: str, *, parent: str) -> str | None:
    new = {match.group() for match in _MARKUP.finditer(text)} - {match.group() for match in _MARKUP.finditer(parent)}
    return "markup or a control token" if new else None


@filters.register("characters")
def characters(*, max_characters: int = 2000) -> CharactersFilter:
    """The filter `characters`; a candidate may have `max_characters`, or twice its parent's where that is more."""
    return CharactersFilter(max_characters=max_characters)
