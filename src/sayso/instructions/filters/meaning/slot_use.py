"""How a wording uses its slots: as what is worked on, or only as a name that is talked about.

A model that rewrites a template likes to explain it: "the sentence is represented by the keyword {sentence}". Filled in, such
a slot stands where nobody looks for it. The best use of each slot counts, so that naming one and then filling it is fine.
"""

import re
from enum import IntEnum

from sayso.instructions.filters.meaning.reading import SLOT

__all__ = ["Use", "uses"]

_WINDOW = 80
"""Characters before a slot that say how it is used."""


class Use(IntEnum):
    """From worst to best."""

    NAMED = 0
    BARE = 1
    INLINE = 2
    QUOTED = 3
    LABELLED = 4


_LABELLED = re.compile(r"(?:[:\n]|^)\s*[\"'“\[]?$")
_NAMED = re.compile(
    r"(?:keywords?|placeholders?|represented (?:by|as)|denoted|templates?|presented as|called|named)\W[\w' ]{0,41}$",
    re.I,
)
_QUOTED = re.compile(r"[\"'“\[]$")
_BARE = re.compile(r"\b(?:the|a|an|of|following|given|provided|these|this|in|from|on|to)\s+$", re.I)
_LISTED = re.compile(r"\}\W{1,3}(?:and|or)?\s*[\"']?$")


def uses(text: str) -> dict[str, Use]:
    """The best use of each slot, by the slot with its braces."""
    best: dict[str, Use] = {}
    last = Use.INLINE
    for match in SLOT.finditer(text):
        before = text[max(0, match.start() - _WINDOW) : match.start()]
        last = _use(before, last=last)
        best[match.group()] = max(best.get(match.group(), last), last)
    return best


def _use(before: str, *, last: Use) -> Use:
    """A slot that follows another in a list is used as that one is."""
    for use, pattern in ((Use.LABELLED, _LABELLED), (Use.NAMED, _NAMED), (Use.QUOTED, _QUOTED), (Use.BARE, _BARE)):
        if pattern.search(before):
            return use
    return min(last, Use.INLINE) if _LISTED.search(before) else Use.INLINE
