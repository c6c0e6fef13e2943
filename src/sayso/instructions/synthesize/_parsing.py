"""Replies down to what was asked for: numbered lists, blocks, labelled sections, JSON, yes or no, a grade.

Nothing is guessed and nothing repaired: what is not there as it was asked for is `Unread`, with the reason, so that it can be counted. Chatter before the
first number, mark or label is left out.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import msgspec

__all__ = ["blank_if_none", "blocks", "grade", "numbered", "one_a_line", "read_json", "sections", "Unread", "yes_or_no"]

T = TypeVar("T")
_NUMBER = re.compile(r"^[ \t]*(\d{1,4})[.):][ \t]+(?=\S)", re.MULTILINE)
_AT_MARGIN = re.compile(r"^ {0,2}(\d{1,4})[.):][ \t]+(?=\S)", re.MULTILINE)
_BLOCK = re.compile(r"^[ \t]*#{2,4}[ \t]*(\d{1,4})[ \t.:]*$", re.MULTILINE)
_FENCE = re.compile(r"^```[a-z]*[ \t]*\n(.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)
_GRADE = re.compile(
    r"^[*_ \t]*(?:score|rating)[*_ \t]*:[*_ \t]*(\d+(?:\.\d+)?)(?:[ \t]*/[ \t]*(\d+))?[.*_ \t]*$",
    re.MULTILINE | re.I,
)
_YES_OR_NO = re.compile(r"\W*(yes|no)\b(?![\s*]*(?:or\b|and\b|/|\|)[\s*]*(?!\1\b)(?:yes|no)\b)", re.IGNORECASE)
_NOTHING = {"", "none", "no input", "noinput", "n/a", "na", "empty"}
_BLANK = re.compile(r"\n[ \t]*\n")
_SHOWN = 120


@dataclass(frozen=True)
class Unread:
    """Why a reply says nothing that was asked for."""

    reason: str


def numbered(text: str) -> list[tuple[int, str]]:
    """The entries of a numbered list, each with its number; an entry may have several lines.

    A number begins an entry where it is the first or one more than the last, so that lists inside entries stay where they are.
    """
    return _split(_in_order(_NUMBER.finditer(text)), text)


def one_a_line(text: str) -> list[tuple[int, str]]:
    """The same where entries hold no lists: every number at the margin begins one, in whatever order they come, and a blank line ends it."""
    return [(number, _BLANK.split(entry)[0]) for number, entry in _split(list(_AT_MARGIN.finditer(text)), text)]


def blocks(text: str) -> list[tuple[int, str]]:
    """The same of blocks that begin with a line such as `### 4`."""
    return _split(_in_order(_BLOCK.finditer(text)), text)


def _in_order(marks: Iterator[re.Match[str]]) -> list[re.Match[str]]:
    starts: list[re.Match[str]] = []
    for found in marks:
        if not starts or int(found[1]) == int(starts[-1][1]) + 1:
            starts.append(found)
    return starts


def _split(starts: Sequence[re.Match[str]], text: str) -> list[tuple[int, str]]:
    ends = [*(one.start() for one in starts[1:]), *([len(text)] if starts else [])]
    return [(int(one[1]), text[one.end() : end].strip()) for one, end in zip(starts, ends, strict=True)]


def sections(text: str, labels: Sequence[str]) -> dict[str, str] | Unread:
    """What stands after each of `labels` (`Input:` at the beginning of a line), which come in this order; by label.

    The first place of a label after the one before it counts, so the last section may hold anything but all of them again: then there are two where one was asked for, and nobody said
    where the first ends.
    """
    places = _places(text, labels)
    if isinstance(places, Unread):
        return places
    if not isinstance(_places(text, labels, start=places[-1][1]), Unread):
        return Unread(f"{labels[0]!r} to {labels[-1]!r} more than once")
    ends = [*(start for start, _ in places[1:]), len(text)]
    return {label: text[place[1] : end].strip() for label, place, end in zip(labels, places, ends, strict=True)}


def _places(text: str, labels: Sequence[str], *, start: int = 0) -> list[tuple[int, int]] | Unread:
    places: list[tuple[int, int]] = []
    for label in labels:
        mark = re.compile(rf"^[#*_ \t]*{re.escape(label)}[*_]*:[*_]*", re.MULTILINE | re.IGNORECASE)
        found = mark.search(text, places[-1][1] if places else start)
        if found is None:
            return Unread(f"no {label!r} in the reply")
        places.append(found.span())
    return places


def blank_if_none(text: str) -> str:
    """Nothing where the text says that there is nothing, as `None`, `<noinput>` and `N/A` do."""
    return "" if text.strip().strip("<>()[].-").strip().lower() in _NOTHING else text.strip()


def read_json(text: str, kind: type[T]) -> T | Unread:
    """JSON of that shape: the whole reply, or the one fenced block in it."""
    fenced = _FENCE.findall(text)
    try:
        return msgspec.json.decode(fenced[0] if len(fenced) == 1 else text.strip(), type=kind)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        return Unread(f"not the JSON that was asked for ({str(error)[:_SHOWN]})")


def yes_or_no(text: str) -> bool | Unread:
    """What the first word says, unless the other one stands beside it, as in `Yes or No`."""
    found = _YES_OR_NO.match(text)
    return found[1].lower() == "yes" if found else Unread("neither yes nor no")


def grade(text: str, *, least: float, most: float) -> float | Unread:
    """The number of the one line `Score: N`, with or without reasons around it; `N/M` counts where M is `most`."""
    found = list(_GRADE.finditer(text))
    if len(found) != 1:
        return Unread("no line `Score: N`" if not found else "several lines `Score: N`")
    value, of = float(found[0][1]), found[0][2]
    if of is not None and float(of) != most:
        return Unread(f"a score of another scale than {least:g} to {most:g}")
    return value if least <= value <= most else Unread(f"a score outside of {least:g} to {most:g}")
