"""What a language model wrote, down to the wordings in it: chatter, fences, labels, numbers and quotes around them are taken off.

Only what is certainly not the wording goes; all else stays, for the filters to judge. A reply that numbers several wordings of a
text of one line gives each of them. Line breaks of a text that has some are kept.
"""

import re

from sayso.instructions.augment.protect import SENTINEL

__all__ = ["wordings_in"]

MAX_CHARACTERS = 20_000
"""A longer reply is no wording; it is recorded by its beginning."""
_OPENING = re.compile(
    r"(?i)^(?:(?:sure|certainly|of course|absolutely|okay|ok|alright|great)\b[^\n]{0,80}?[:!.,]|"
    r"here(?:'s|’s)?\b[^\n]{0,120}?:|[^\n]{0,40}\b(?:rewritten|reworded|rephrased|paraphrased|revised|new)\b[^\n]{0,60}?:)\s*(?=\S)"
)
_LABEL = re.compile(
    r"(?i)^(?:(?:rewritten|reworded|rephrased|paraphrased|revised|new|output|answer|translation)(?: (?:text|task|instruction|wording|"
    r"version|sentence|question|prompt))?|(?:text|task|instruction|wording|version|translation))\s*:\s*(?=\S)"
)
_CLOSING = re.compile(
    r"(?is)\n\s*\n\s*(?:\(?note\b|i hope|let me know|please let me|feel free|this (?:version|wording|rewrite|rewording|rephrasing)\b|"
    r"explanation\b|changes\b|is there anything)[^\n]*(?:\n.*)?$"
)
_FENCE = re.compile(r"(?s)^(?:```|~~~)[a-z]*\n(.*?)\n?(?:```|~~~)\s*$")
_ITEM = re.compile(r"^\s*(?:\(?\d{1,3}[.):]|[-*•])\s+(?=\S)")
_QUOTES = {'"': '"', "“": "”", "'": "'", "‘": "’", "«": "»", "„": "“", "`": "`"}


def wordings_in(reply: str, *, asked: str) -> list[str]:
    """The wordings of the text `asked` that a reply holds, in order; one, in most cases, and none in an empty reply."""
    text = reply.replace("\r\n", "\n").strip()
    if not _ITEM.match(asked) and (several := _items(_without_chatter(text, asked))):
        return [_bare(item, asked) for item in several]
    bare = _bare(_without_chatter(text, asked), asked)
    return [bare] if bare else []


def _without_chatter(text: str, asked: str) -> str:
    """Without what comes before and after the wording, unless the text asked about is like that itself."""
    if (match := _FENCE.match(text)) and "```" not in asked:
        text = match[1].strip()
    if not _CLOSING.search(asked):
        text = _CLOSING.sub("", text).rstrip()
    while (match := _OPENING.match(text)) and not _OPENING.match(asked) and _goes_on(text[match.end() :], asked):
        text = text[match.end() :]
    return text


def _goes_on(rest: str, asked: str) -> bool:
    """Whether what follows an opening is the wording: it has the slots, and words of its own where the text asked about has some."""
    if len(SENTINEL.findall(rest)) < len(SENTINEL.findall(asked)):
        return False
    return len(SENTINEL.sub("", rest).split()) >= min(2, len(SENTINEL.sub("", asked).split()))


def _items(text: str) -> list[str]:
    """The entries of a list, where all of the text is one with at least two."""
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) < 2 or not all(_ITEM.match(line) for line in lines):
        return []
    return [_ITEM.sub("", line) for line in lines]


def _bare(text: str, asked: str) -> str:
    """Without a label, a lone number and a pair of quotes around the whole."""
    text = text.strip()
    if not _LABEL.match(asked):
        text = _LABEL.sub("", text)
    if "\n" not in text and not _ITEM.match(asked):
        text = _ITEM.sub("", text)
    closing = _QUOTES.get(text[:1])
    quoted = closing and len(text) > 2 and text.endswith(closing) and not {text[0], closing} & {*text[1:-1]}
    if quoted and not (asked[:1] == text[0] and asked.endswith(closing or "")):
        text = text[1:-1].strip()
    return text
