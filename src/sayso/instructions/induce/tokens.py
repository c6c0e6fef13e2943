"""Instructions as words and marks, with the place of each in the text: what is compared, and how to get back exactly."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sayso.instructions.induce.marking import Mark

__all__ = [
    "APPENDED",
    "BOX",
    "CHOICES",
    "is_mark",
    "OPTIONS",
    "REGION",
    "segments",
    "SLOT",
    "tokenise",
    "Tokens",
    "TYPED",
    "Words",
]

Words = tuple[str, ...]
SLOT, REGION, OPTIONS, APPENDED = "\0text", "\0region", "\0options", "\0appended"
BOX, CHOICES = "\0box", "\0choices"
TYPED = {REGION, OPTIONS, APPENDED, BOX, CHOICES}
"""Marks in a text: one word each, which no text can hold. BOX and CHOICES look like boxes and lists, but stay text."""
_HAN = "\u3040-\u30ff\u3400-\u9fff"
_WORD = re.compile(rf"[{_HAN}]|[^\W{_HAN}]+(?:['\u2019][^\W{_HAN}]+)*|[^\w\s]")
"""Words; in writing without spaces each character is one."""
_WIDE = {"\u3002", "\uff1f", "\uff01", "\uff1a"}
_STOPS = {".", "?", "!", ":", *_WIDE}
_CLOSERS = {'"', "'", ")", "\u201d"}
_KINDS = {"box": (REGION, BOX), "options": (OPTIONS, CHOICES), "appended": (APPENDED, CHOICES)}


@dataclass(frozen=True, slots=True)
class Tokens:
    """The words of one text; word `i` stands at `spans[i]`, and `breaks` are the words that begin a new segment."""

    words: Words
    spans: tuple[tuple[int, int], ...]
    breaks: tuple[int, ...]


def is_mark(word: str) -> bool:
    """Whether a word stands for a slot."""
    return word[0] == "\0"


def tokenise(text: str, marks: Sequence[Mark]) -> Tokens:
    """Words, punctuation and marks of `text`."""
    words: list[str] = []
    spans: list[tuple[int, int]] = []
    for word, start, end in _pieces(text, marks):
        words.append(word)
        spans.append((start, end))
    return Tokens(tuple(words), tuple(spans), tuple(_breaks(text, words, spans)))


def _pieces(text: str, marks: Sequence[Mark]) -> Iterator[tuple[str, int, int]]:
    end = 0
    for mark in marks:
        yield from _plain(text, end, mark.start)
        exact, rough = _KINDS[mark.kind]
        yield (exact if mark.value is not None else rough), mark.start, mark.end
        end = mark.end
    yield from _plain(text, end, len(text))


def _plain(text: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    for match in _WORD.finditer(text, start, end):
        yield match[0], *match.span()


def _breaks(text: str, words: Sequence[str], spans: Sequence[tuple[int, int]]) -> Iterator[int]:
    """Where sentences begin: after a stop and a space, at a new line, before and after a list of options."""
    yield 0
    for at in range(1, len(words)):
        gap, last = text[spans[at - 1][1] : spans[at][0]], words[at - 1]
        stop = last in _STOPS or (last in _CLOSERS and words[at - 2] in _STOPS)
        lists = {words[at], last} & {OPTIONS, APPENDED, CHOICES}
        if (gap and (stop or "\n" in gap)) or lists or last in _WIDE:
            yield at


def segments(words: Words, breaks: Sequence[int]) -> list[Words]:
    """The sentences of a text."""
    ends = [*breaks[1:], len(words)]
    return [words[start:end] for start, end in zip(breaks, ends, strict=True) if end > start]
