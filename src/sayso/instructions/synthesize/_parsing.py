"""Replies down to what was asked for: numbered lists, blocks, labelled sections, JSON, yes or no, a grade.

Nothing is guessed and nothing repaired: what is not there as it was asked for is `Unread`, with the reason, so that it can be counted. Chatter before the
first number, mark or label is left out.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import msgspec

__all__ = ["blank_if_none", "blocks", "grade", "numbered", "read_json", "sections", "Unread", "yes_or_no"]

T = TypeVar("T")
_NUMBER = re.compile(r"^[ \t]*(\d{1,4})[.):][ \t]+(?=\S)", re.MULTILINE)
_BLOCK = re.compile(r"^[ \t]*#{2,4}[ \t]*(\d{1,4})[ \t.:]*$", re.MULTILINE)
_FENCE = re.compile(r"^```[a-z]*[ \t]*\n(.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)
_GRADE = re.compile(
    r"^[*_ \t]*(?:score|rating)[*_ \t]*:[*_ \t]*(\d+(?:\.\d+)?)(?:[ \t]*/[ \t]*\d+)?[.*_ \t]*$", re.MULTILINE | re.I
)
_NOTHING = {"", "none", "no input", "noinput", "n/a", "na", "empty"}
_SHOWN = 120


@dataclass(frozen=True)
class Unread:
    """Why a reply says nothing that was asked for."""

    reason: str


def numbered(text: str) -> list[tuple[int, str]]:
    """The entries of a numbered list, each with its number; an entry may have several lines.

    A number begins an entry where it is the first or one more than the last, so that lists inside entries stay where they are.
    """
    return _split(text, _NUMBER)


def blocks(text: str) -> list[tuple[int, str]]:
    """The same of blocks that begin with a line such as `### 4`."""
    return _split(text, _BLOCK)


def _split(text: str, mark: re.Pattern[str]) -> list[tuple[int, str]]:
    starts: list[re.Match[str]] = []
    for found in mark.finditer(text):
        if not starts or int(found[1]) == int(starts[-1][1]) + 1:
            starts.append(found)
    ends = [*(one.start() for one in starts[1:]), *([len(text)] if starts else [])]
    return [(int(one[1]), text[one.end() : end].strip()) for one, end in zip(starts, ends, strict=True)]


def sections(text: str, labels: Sequence[str]) -> dict[str, str] | Unread:
    """What stands after each of `labels` (`Input:` at the beginning of a line), which come in this order; by label.

    The first place of a label after the one before it counts, so the last section may hold anything.
    """
    places: list[tuple[int, int]] = []
    for label in labels:
        mark = re.compile(rf"^[#*_ \t]*{re.escape(label)}[*_]*:[*_]*", re.MULTILINE | re.IGNORECASE)
        found = mark.search(text, places[-1][1] if places else 0)
        if found is None:
            return Unread(f"no {label!r} in the reply")
        places.append(found.span())
    ends = [*(start for start, _ in places[1:]), len(text)]
    return {label: text[place[1] : end].strip() for label, place, end in zip(labels, places, ends, strict=True)}


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
    """What the first word says."""
    found = re.match(r"\W*(yes|no)\b", text, re.IGNORECASE)
    return found[1].lower() == "yes" if found else Unread("neither yes nor no")


def grade(text: str, *, least: float, most: float) -> float | Unread:
    """The number of the one line `Score: N`, with or without reasons around it."""
    found = list(_grades(text))
    if len(found) != 1:
        return Unread("no line `Score: N`" if not found else "several lines `Score: N`")
    return found[0] if least <= found[0] <= most else Unread(f"a score outside of {least:g} to {most:g}")


def _grades(text: str) -> Iterator[float]:
    yield from (float(found[1]) for found in _GRADE.finditer(text))
