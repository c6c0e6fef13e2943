"""Arrangements: a request before or after what it is about, and short commands made one sentence with the request.

Sentences move whole, line breaks and gaps stay where they are, options stay last. Nothing moves that points at its
surroundings (`this`, `it`, `below`), and nothing but labelled or bare slots is moved across.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from sayso.instructions.augment.paraphrasers.grammar.english import VERBS, lower_first
from sayso.instructions.augment.paraphrasers.grammar.frames import unframe
from sayso.instructions.augment.paraphrasers.grammar.headings import is_label
from sayso.instructions.augment.paraphrasers.grammar.passage import Sentence
from sayso.instructions.protect import SENTINEL

__all__ = ["arrangements", "joined"]

_POINTS = re.compile(
    r"(?i)\b(?:this|that one|these|those|it|its|they|them|their|above|below|following|previous|that \\w+ (?:did|is|was)|there|here|now|then|also|each other|first|second|"
    r"as well|such|again|instead|otherwise|passage|sentences|two)\b|\btell me\Z|\b(?:the|your) (?:answer|area|box|label|object|region|subject|text|word)(?: is| are)?\Z"
)
_OPENS = re.compile(
    r"(?i)(?:your|the) (?:task|job|goal)|(?:in|for) this task|this task|what you need|you are|here is|this is"
)
"""What announces a task, and so stands before what it is about."""
_CHOICE = re.compile(r"(?i)(?:[a-z]+ ){0,4}(?:yes|true)\b.{0,12}\b(?:no|false|maybe|neither)\b.{0,12}")
"""What must not be cut off from its question: `Yes or no?`, `The answer should be yes or no.`"""
_NUMBERED = re.compile(r"(?:EXAM\b.*|\d+|[A-Za-z])")
_SHORT_ONE = re.compile(
    r"(?i)(?:look|examine|inspect|study|read|compare|take a look|have a look|go through|turn|consider)\b"
)


def arrangements(sentences: Sequence[Sentence], *, options: Collection[str]) -> Iterator[tuple[Sentence, ...]]:
    """The sentences with one request moved to the front, or to the end before the `options`, slots that stay last."""
    end = len(sentences)
    if any((s.end == "." and _NUMBERED.fullmatch(s.body)) or _CHOICE.fullmatch(s.body) for s in sentences):
        return
    while end and any(word in sentences[end - 1].body for word in options):
        end -= 1
    for position, sentence in enumerate(sentences[:end]):
        if not _moves(sentence):
            continue
        others = [s for i, s in enumerate(sentences[:end]) if i != position]
        if position and _all_filled(sentences[:position]) and sentences[0].body:
            yield _placed([sentence, *others], sentences, end)
        if (
            position < end - 1
            and not any(_OPENS.match(part) for part in sentence.body.split(". "))
            and _all_filled(sentences[position + 1 : end])
            and others[-1].end != ":"
        ):
            yield _placed([*others, sentence], sentences, end)


def _moves(sentence: Sentence) -> bool:
    """Whether a sentence asks or commands, and points at nothing around it."""
    first = re.match(r"[a-z]+", next(unframe(sentence.body)).lower())
    asks = sentence.end == "?" or (sentence.end == "." and first is not None and first.group() in VERBS)
    return asks and ":" not in sentence.body and not _POINTS.search(sentence.body) and len(sentence.body.split()) > 1


def _all_filled(sentences: Sequence[Sentence]) -> bool:
    """Labels and slots only, none of them cut off from the other."""
    if not any(SENTINEL.search(sentence.body) for sentence in sentences):
        return False
    heads = [is_label(sentence) for sentence in sentences]
    filled = [
        re.fullmatch(rf"[\"“]?{SENTINEL.pattern}[\"”]?", s.body) is not None
        and (s.end != "." or (i > 0 and heads[i - 1]))
        for i, s in enumerate(sentences)
    ]
    return filled[-1] and all(f or (h and filled[i + 1]) for i, (f, h) in enumerate(zip(filled, heads, strict=True)))


def _placed(order: list[Sentence], sentences: Sequence[Sentence], end: int) -> tuple[Sentence, ...]:
    """In the new order; the gaps of the old one, but for the gap between a label and its slot, which goes with them."""
    gaps = [s.gap for s in sentences[:end] if s.end != ":"]
    found = []
    for sentence in order:
        found.append(sentence if sentence.end == ":" else replace(sentence, gap=gaps.pop(0)))
    return (*found, *sentences[end:])


def joined(sentences: Sequence[Sentence]) -> Iterator[tuple[Sentence, ...]]:
    """`Look at it. Name the dog.` as `Look at it and name the dog.`, wherever two such commands meet on a line."""
    for position in range(len(sentences) - 1):
        one, two = sentences[position : position + 2]
        if one.end != "." or two.end not in {".", ":"} or one.gap != " " or not _SHORT_ONE.match(one.body):
            continue
        bare = next(unframe(two.body))
        first = re.match(r"[a-z]+", bare.lower())
        if first and first.group() in VERBS and " and " not in one.body + bare and len(one.body.split()) < 9:
            whole = f"{one.body} and {lower_first(bare)}"
            yield (*sentences[:position], replace(two, body=whole), *sentences[position + 2 :])
