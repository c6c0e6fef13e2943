"""What stands out in an instruction before any comparison: boxes and lists of options, found by their form.

Each is a *mark*: a stretch of the text that is one thing. A mark is `exact` where the prompt of the file (its style of regions and
of options) writes its value back character by character; only then does it become a `Region` or `Options`, else it stays
text that is known to be a box or a list.

    Given 12 30 45 59, which overlaps it? 0 0 9 9||||10 30 40 60
          ~~~~~~~~~~~ region              ~~~~~~~~~~~~~~~~~~~~~~ options

Where a list of words stands in the middle of a text its ends are not marked; they are found with the help of all the
answers and options of the file (`Lexicon`).
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from sayso.config import PromptConfig
from sayso.errors import DataError
from sayso.instructions.options import append_options, format_options
from sayso.instructions.regions import format_region, format_regions, parse_region, parse_regions
from sayso.records import FieldValue, Media, Options, Region, Regions

__all__ = ["find_marks", "Lexicon", "Mark", "MarkKind", "options_said", "split_options"]

MarkKind = Literal["box", "options", "appended"]
"""`appended` are options after the instruction, where no template names them."""

_DIGIT = re.compile(r"\d")
_NUMBER = r"\d+(?:\.\d+)?"
_RUN = re.compile(rf"(?<![\w.\-]){_NUMBER}(?:(?:\s*,\s*|[ \t]+){_NUMBER})+(?![\w\-]|\.\d)")
_BINS = re.compile(r"<bin_\d+>(?:\s*<bin_\d+>)*")
_BRACKETS = {"[": "]", "(": ")", "<": ">"}
_BAR = "||||"
_APPENDED = (
    re.compile(r"\n\n?\[Options\]:\s*(?P<bars>.+)\Z", re.DOTALL),
    re.compile(r"\n\n?(?:Options|Choices):[ ]*\n(?P<lines>.+)\Z", re.DOTALL),
    re.compile(r"\n(?P<lines>[(\[]?A[.):\]].+)\Z", re.DOTALL),
)
_ITEM = re.compile(r"(?:^|\n|(?<=\s))[(\[]?(?P<mark>[A-Z]|\d{1,2})[.):\]]+[ \t]+")
_END = re.compile(r"[.?!:]\s|\n")
_MAX_WORDS = 24


@dataclass(frozen=True, slots=True)
class Mark:
    """Characters `start` to `end` are one thing; `value` is what fills the slot if the mark is exact, else None."""

    start: int
    end: int
    kind: MarkKind
    value: FieldValue | None = None


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Every answer and option of the file that is short: what can stand at the ends of a list in running text."""

    words: set[str] = field(default_factory=set)

    def add(self, text: str) -> None:
        """Take in a response, or an option."""
        if len(text) <= 120:
            self.words.add(text)


def find_marks(
    text: str, *, answer: str, lexicon: Lexicon, prompt: PromptConfig, media: Sequence[Media] = ()
) -> list[Mark]:
    """The marks of an instruction, in order and apart."""
    boxes = list(_boxes(text, prompt=prompt, media=media))
    lists = [*_appended(text, answer=answer, prompt=prompt, media=media)]
    head = lists[0].start if lists else len(text)
    lists = [*_inline(text[:head], boxes=boxes, answer=answer, lexicon=lexicon, prompt=prompt, media=media), *lists]
    free = [box for box in boxes if not any(one.start <= box.start < one.end for one in lists)]
    return sorted([*free, *lists], key=lambda mark: mark.start)


def _boxes(text: str, *, prompt: PromptConfig, media: Sequence[Media]) -> Iterator[Mark]:
    if not _DIGIT.search(text):
        return
    spans = [_whole(text, match) for match in _RUN.finditer(text) if len(re.findall(_NUMBER, match[0])) % 4 == 0]
    spans += [match.span() for match in _BINS.finditer(text) if match[0].count("<") % 4 == 0]
    for start, end in _neighbours(text, sorted(spans)):
        yield Mark(start, end, "box", _region(text[start:end], prompt=prompt, media=media))


def _whole(text: str, match: re.Match[str]) -> tuple[int, int]:
    """A run of numbers with the brackets around it."""
    start, end = match.span()
    opened = text[start - 1 : start]
    return (start - 1, end + 1) if opened in _BRACKETS and text[end : end + 1] == _BRACKETS[opened] else (start, end)


def _neighbours(text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Boxes with nothing but a space or a comma between them are one list of boxes."""
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and text[joined[-1][1] : start] in {" ", ", ", ","}:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _region(text: str, *, prompt: PromptConfig, media: Sequence[Media]) -> Region | Regions | None:
    """The box or boxes that `text` is, if the prompt writes them in just this way."""
    try:
        found = parse_regions(text, style=prompt.regions, media=media)
        if not found or format_regions(found, style=prompt.regions, media=media) != text:
            return None
    except DataError:
        return None
    return found[0] if len(found) == 1 else Regions(items=found)


def _appended(text: str, *, answer: str, prompt: PromptConfig, media: Sequence[Media]) -> Iterator[Mark]:
    for pattern in _APPENDED:
        if match := pattern.search(text):
            found = match.groupdict()
            items = found["bars"].split(_BAR) if found.get("bars") else split_options(found.get("lines") or "")
            if len(items) > 1:
                value = _options(items, answer=answer, prompt=prompt, media=media)
                exact = value is not None and _written(append_options, items, prompt) == match[0]
                yield Mark(match.start(), len(text), "appended", value if exact else None)
                return


def _inline(
    text: str,
    *,
    boxes: Sequence[Mark],
    answer: str,
    lexicon: Lexicon,
    prompt: PromptConfig,
    media: Sequence[Media],
) -> Iterator[Mark]:
    """A list in running text: divided by bars, or lettered or numbered as a prompt writes it."""
    if _BAR in text:
        first, last = text.index(_BAR), text.rindex(_BAR)
        start = next((box.start for box in boxes if box.end == first), None)
        end = next((box.end for box in boxes if box.start == last + len(_BAR)), None)
        start = _left(text, first, lexicon) if start is None else start
        end = _right(text, last + len(_BAR), lexicon) if end is None else end
        items = text[start:end].split(_BAR)
    elif match := re.search(r"\(([A1])\) .+", text):
        start, end = match.span()
        items = split_options(match[0])
    else:
        return
    if len(items) > 1:
        value = _options(items, answer=answer, prompt=prompt, media=media)
        exact = value is not None and _written(format_options, items, prompt) == text[start:end]
        yield Mark(start, end, "options", value if exact else None)


def _written(write: Callable[..., str], items: Sequence[str], prompt: PromptConfig) -> str:
    """The options as `write` puts them, empty where the style cannot."""
    try:
        return write(items, style=prompt.options)
    except DataError:
        return ""


def _left(text: str, end: int, lexicon: Lexicon) -> int:
    """Where the first option begins: the longest known text that ends at `end`, else after the last sentence."""
    starts = [match.start() for match in re.finditer(r"\S+", text[:end])][-_MAX_WORDS:]
    known = next((start for start in starts if text[start:end] in lexicon.words), None)
    if known is not None:
        return known
    return max((match.end() for match in _END.finditer(text[:end])), default=0)


def _right(text: str, start: int, lexicon: Lexicon) -> int:
    """Where the last option ends: the longest known text that begins at `start`, else before the next sentence."""
    ends = [start + match.end() for match in re.finditer(r"\w+|[^\w\s]", text[start:])][:_MAX_WORDS]
    known = next((end for end in reversed(ends) if text[start:end] in lexicon.words), None)
    if known is not None:
        return known
    match = _END.search(text, start)
    return match.start() + (text[match.start()] != "\n") if match else len(text)


def split_options(text: str) -> list[str]:
    """The items of a lettered or numbered list, if the letters or numbers run from the first on; else none."""
    matches = list(_ITEM.finditer(text))
    marks = [match["mark"] for match in matches]
    wanted = (
        [chr(ord("A") + n) for n in range(len(marks))]
        if marks[:1] == ["A"]
        else [str(n + 1) for n in range(len(marks))]
    )
    if len(marks) < 2 or marks != wanted or text[: matches[0].start()].strip():
        return []
    ends = [match.start() for match in matches[1:]] + [len(text)]
    return [text[match.end() : end].strip() for match, end in zip(matches, ends, strict=True)]


def _options(items: Sequence[str], *, answer: str, prompt: PromptConfig, media: Sequence[Media]) -> Options | None:
    """The options, if the answer is one of them and they differ; boxes where all of them are."""
    if answer not in items or len(set(items)) < len(items) or not all(items):
        return None
    found = [_one_region(item, prompt=prompt, media=media) for item in items]
    if all(found):
        return Options(items=tuple(region for region in found if region))
    return Options(items=tuple(items))


def _one_region(text: str, *, prompt: PromptConfig, media: Sequence[Media]) -> Region | None:
    try:
        region = parse_region(text, style=prompt.regions, media=media)
        return region if region and format_region(region, style=prompt.regions, media=media) == text else None
    except DataError:
        return None


def options_said(text: str) -> list[str]:
    """The options of a text whose ends are sure: those after it, and those with bars on both sides."""
    for pattern in _APPENDED:
        if match := pattern.search(text):
            found = match.groupdict()
            return found["bars"].split(_BAR) if found.get("bars") else split_options(found.get("lines") or "")
    return text.split(_BAR)[1:-1]
