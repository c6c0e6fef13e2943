"""What a language model wrote, down to the wordings in it.

Chatter around them is taken off (`filters.chatter.strip`); all else stays, for the filters to judge. A reply that numbers several
wordings of a text of one line gives each of them. Line breaks of a text that has some are kept.
"""

import re

from sayso.instructions.filters.chatter import strip

__all__ = ["MAX_CHARACTERS", "wordings_in"]

MAX_CHARACTERS = 20_000
"""A longer reply is no wording; it is recorded by its beginning."""
_ITEM = re.compile(r"^\s*(?:\(?\d{1,3}[.):]|[-*•])\s+(?=\S)")


def wordings_in(reply: str, *, asked: str) -> list[str]:
    """The wordings of the text `asked` that a reply holds, in order; one, in most cases, and none in an empty reply."""
    text = strip(reply.replace("\r\n", "\n").strip(), asked)
    found = [text] if _ITEM.match(asked) else _items(text) or [text]
    return [bare for one in found if (bare := strip(one, asked).strip())]


def _items(text: str) -> list[str]:
    """The entries of a list, where all of the text is one with at least two."""
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) < 2 or not all(_ITEM.match(line) for line in lines):
        return []
    return [_ITEM.sub("", line) for line in lines]
