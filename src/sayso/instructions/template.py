"""Templates: text with typed slots, parsed once, never evaluated.

A template is literal text with slots in braces, `"How many {color} things are there?"`; `{{` and `}}` are literal braces.
A slot is a bare name. Anything else between braces is refused: there are no expressions, attributes, indices or
format codes, so text written by a model or a stranger can do nothing but be text.

Rendering gives the text and, for every character, its role: literals are `instr_template`, filled text and regions are `instr`,
and the options are `options`. What a slot is filled with is never parsed again.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from sayso.errors import DataError, did_you_mean
from sayso.records import Span

__all__ = ["check_slots", "parse", "ParsedTemplate", "render", "Slot"]

TOKEN = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
MOST_REMEMBERED = 10_000  # characters


@dataclass(frozen=True, slots=True)
class Slot:
    """A hole of a template; the task's card says what type fills it."""

    name: str


@dataclass(frozen=True, slots=True)
class ParsedTemplate:
    """Literals and slots in order; `source` is the text they were parsed from."""

    source: str
    pieces: tuple[str | Slot, ...]

    @property
    def slots(self) -> tuple[str, ...]:
        """Slot names in order of appearance."""
        return tuple(piece.name for piece in self.pieces if isinstance(piece, Slot))


def parse(text: str) -> ParsedTemplate:
    """Split a template's text into literals and slots; what was parsed is remembered, unless it is very long.

    Raises:
        DataError: a brace that is neither doubled nor part of `{name}`.
    """
    return _remembered(text) if len(text) <= MOST_REMEMBERED else _parsed(text)


@lru_cache(maxsize=65536)
def _remembered(text: str) -> ParsedTemplate:
    return _parsed(text)


def _parsed(text: str) -> ParsedTemplate:
    return ParsedTemplate(text, tuple(_merge(_pieces(text))))


def _pieces(text: str) -> Iterator[str | Slot]:
    end = 0
    for match in TOKEN.finditer(text):
        yield text[end : match.start()]
        end = match.end()
        yield _piece(text, match)
    yield text[end:]


def _piece(text: str, match: re.Match[str]) -> str | Slot:
    token, name = match.group(), match.group(1)
    if token in {"{{", "}}"}:
        return token[0]
    if name is not None and NAME.match(name):
        return Slot(name)
    raise DataError(
        f"template {text!r}: {token!r} at character {match.start()} is not a slot; "
        "write {name} in small letters, or {{ and }} for literal braces"
    )


def _merge(pieces: Iterator[str | Slot]) -> Iterator[str | Slot]:
    literal = ""
    for piece in pieces:
        if isinstance(piece, str):
            literal += piece
            continue
        if literal:
            yield literal
        yield piece
        literal = ""
    if literal:
        yield literal


def check_slots(text: str, *, slots: Mapping[str, str]) -> None:
    """Refuse a template that does not name each of a task's slots exactly once.

    `slots` maps names to types (`text`, `region`, `regions`, `options`). A slot of type `options` may be left out: the
    options are then appended in the style of the recipe.

    Raises:
        DataError: a slot is unknown, missing or repeated.
    """
    counts = Counter(parse(text).slots)
    for name, count in counts.items():
        if name not in slots:
            raise DataError(f"template {text!r}: unknown slot {{{name}}}{did_you_mean(name, list(slots))}")
        if count > 1:
            raise DataError(f"template {text!r}: slot {{{name}}} appears {count} times; name it once")
    missing = [name for name, kind in slots.items() if kind != "options" and name not in counts]
    if missing:
        wanted = ", ".join(f"{{{name}}}" for name in missing)
        raise DataError(f"template {text!r}: missing slot {wanted}; every example of the task needs it")


def render(template: ParsedTemplate, *, values: Mapping[str, tuple[str, str]]) -> tuple[str, tuple[Span, ...]]:
    """Fill the slots; `values` maps a slot to its text and role. Returns the text and spans that cover all of it.

    Raises:
        DataError: a slot has no value.
    """
    chunks: list[tuple[str, str]] = []
    for piece in template.pieces:
        if isinstance(piece, str):
            chunks.append((piece, "instr_template"))
        elif piece.name in values:
            chunks.append(values[piece.name])
        else:
            known = ", ".join(values) or "none"
            raise DataError(f"template {template.source!r}: nothing fills {{{piece.name}}}; there is: {known}")
    return join_spans(chunks)


def join_spans(chunks: list[tuple[str, str]]) -> tuple[str, tuple[Span, ...]]:
    """Concatenate texts with roles into one text and its spans; neighbours of one role become one span."""
    spans: list[Span] = []
    end = 0
    for text, role in chunks:
        start, end = end, end + len(text)
        if spans and spans[-1].role == role:
            spans[-1] = Span(start=spans[-1].start, end=end, role=role)
        elif text:
            spans.append(Span(start=start, end=end, role=role))
    return "".join(text for text, _ in chunks), tuple(spans)
