"""A template's text as sentences, each with its end mark and the white space behind it, so that joining them gives the text.

Sentences end at `.`, `?` or `!` before white space, a slot or the end, at line breaks, behind a slot that stands for a text
of its own (`SLOT Answer the question`), and at a colon before one (`Question: SLOT`). An options slot is a sentence of its
own, since it lists choices and is never part of the wording.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sayso.instructions.protect import SENTINEL, Protected

__all__ = ["join", "Sentence", "split"]

_SENTENCE = re.compile(
    rf"(?P<body>[^\n]+?)(?P<end>[.?!]+[\"”']?(?=\s+[A-Z\"“({{\[]|\s+SLOT|\s*\n|\s*$|{SENTINEL.pattern})|(?=\s*\n|\s*$))(?P<gap>\s*)"
)
_SLOT = rf"[\"“]?{SENTINEL.pattern}[\"”]?"
_HEADED = re.compile(rf"(?P<head>[^:]*[^:\s])(?P<end>:)(?P<gap>\s*)(?P<slot>{_SLOT}[.,]?)\Z")
_SUPPOSED = r"(?:(?:Given|Suppose|Assume)(?: that| it(?:'s| is) true that)? )?"
_STANDS_ALONE = re.compile(rf"(?P<slot>(?:(?<=\A){_SUPPOSED}|(?<=: )){_SLOT})(?P<gap>\s+)(?=[A-Z][a-zA-Z]*\b)(?!SLOT)")
_MARK = re.compile(r"[,:;]+\Z")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence without its end mark, the mark, and the white space that follows."""

    body: str
    end: str
    gap: str

    def __str__(self) -> str:
        return self.body + self.end + self.gap


def split(protected: Protected) -> tuple[Sentence, ...]:
    """The sentences of a protected text, in order; their concatenation is the text."""
    options = [word for word, name in protected.names.items() if "option" in name or "choices" in name]
    return tuple(_sentences(protected.text, options))


def join(sentences: Sequence[Sentence]) -> str:
    """The text of some sentences; white space around it is dropped."""
    return "".join(map(str, sentences))


def _sentences(text: str, options: list[str]) -> Iterator[Sentence]:
    lead = re.match(r"\s*", text)
    start = lead.end() if lead else 0
    if start:
        yield Sentence("", "", text[:start])
    for match in _SENTENCE.finditer(text, start):
        yield from _without_options(match["body"], match["end"], match["gap"], options)


def _without_options(body: str, end: str, gap: str, options: list[str]) -> Iterator[Sentence]:
    for word in options:
        before, found, after = body.rpartition(word)
        if found and not after.strip():
            head = before.rstrip()
            if head:
                yield from _without_texts(head, "", before[len(head) :])
            yield Sentence(word + after, end, gap)
            return
    yield from _without_texts(body, end, gap)


def _without_texts(body: str, end: str, gap: str) -> Iterator[Sentence]:
    """A slot with a capital letter after it, at the beginning or behind a colon, stands for a text of its own."""
    while match := _STANDS_ALONE.search(body):
        yield from _headed(body[: match.end("slot")], "", match["gap"])
        body = body[match.end() :]
    yield from _headed(body, end, gap)


def _headed(body: str, end: str, gap: str) -> Iterator[Sentence]:
    """`Answer the following question: SLOT` is two sentences, of which the first can change."""
    if match := _HEADED.match(body):
        yield Sentence(match["head"], match["end"], match["gap"])
        yield _marked(match["slot"], gap, end)
        return
    yield _marked(body, gap, end)


def _marked(body: str, gap: str, end: str = "") -> Sentence:
    if not end and (mark := _MARK.search(body)):
        return Sentence(body[: mark.start()], mark.group(), gap)
    stripped = body.rstrip()
    if not end and stripped[-1:] in {".", "?", "!"}:
        return Sentence(stripped[:-1], stripped[-1], body[len(stripped) :] + gap)
    return Sentence(body, end, gap)
