"""Changing what an instruction says, piece by piece, with the role of every character kept and media where they stood."""

import re
from collections.abc import Callable, Iterable
from typing import Literal, TypeAlias

from msgspec.structs import replace

from sayso.instructions.template import join_spans
from sayso.records import Sample, TextPart, Verdict

__all__ = ["add_words", "change_words", "Chunk", "instruction_chunks", "NO_WORDS", "Where", "with_chunks", "WORD"]

Chunk: TypeAlias = tuple[str, str]
"""A text and its role."""

Where: TypeAlias = Literal["template", "all"]
"""The words of the wording alone, or those that fill its slots too; options are never changed."""

WORD = re.compile(r"[^\W\d_]+")
NO_WORDS = Verdict(keep=False, reason="no word to change in the instruction")


def instruction_chunks(sample: Sample) -> list[Chunk]:
    """The pieces of the last turn's text, in order."""
    return [
        (part.text[span.start : span.end], span.role)
        for part in sample.messages[-1].parts
        if isinstance(part, TextPart)
        for span in part.spans
    ]


def with_chunks(sample: Sample, chunks: Iterable[Chunk]) -> Sample:
    """The sample with these pieces as the one text of its last turn, behind its media."""
    *before, last = sample.messages
    text, spans = join_spans(list(chunks))
    media = tuple(part for part in last.parts if not isinstance(part, TextPart))
    turn = replace(last, parts=(*media, TextPart(text=text, spans=spans)))
    return replace(sample, messages=(*before, turn))


def add_words(sample: Sample, text: str, *, place: Literal["before", "after"]) -> Sample:
    """The sample with words of the wording's kind before the first text of its last turn, or behind the last."""
    *before, last = sample.messages
    parts = list(last.parts)
    texts = [number for number, part in enumerate(parts) if isinstance(part, TextPart)]
    at = (texts[0] if place == "before" else texts[-1]) if texts else len(parts)
    old = parts[at] if texts else TextPart(text="", spans=())
    chunks = [(old.text[span.start : span.end], span.role) for span in old.spans] if isinstance(old, TextPart) else []
    added = (text, "instr_template")
    joined, spans = join_spans([added, *chunks] if place == "before" else [*chunks, added])
    parts[at : at + 1] = [TextPart(text=joined, spans=spans)]
    return replace(sample, messages=(*before, replace(last, parts=tuple(parts))))


def change_words(sample: Sample, *, where: Where, change: Callable[[str], str]) -> Sample | Verdict:
    """Give every piece that may be changed to `change`; a Verdict where nothing comes out different."""
    roles = {"instr_template"} if where == "template" else {"instr_template", "instr"}
    parts = tuple(
        part if not isinstance(part, TextPart) else _changed(part, roles=roles, change=change)
        for part in sample.messages[-1].parts
    )
    if parts == sample.messages[-1].parts:
        return NO_WORDS
    return replace(sample, messages=(*sample.messages[:-1], replace(sample.messages[-1], parts=parts)))


def _changed(part: TextPart, *, roles: set[str], change: Callable[[str], str]) -> TextPart:
    chunks = [(part.text[s.start : s.end], s.role) for s in part.spans]
    text, spans = join_spans([(change(text) if role in roles else text, role) for text, role in chunks])
    return TextPart(text=text, spans=spans)
