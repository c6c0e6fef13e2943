"""The skeleton of a conversation: what a chat template writes around the texts, and what each piece of it is for.

A chat template is a program that only its author understands. So it is run once for each structure (who speaks, which kinds of
parts) with unguessable marks in place of the texts; what stands between the marks is what the template writes itself. Nothing is
ever searched for in a rendered conversation, so no text can be mistaken for a part of the template. Roles of the literals:

- `bos`: the beginning-of-sequence token in front;
- `system`: what a template says in front of the first turn on its own account, and `role_mark`: who speaks;
- `media`: a medium's placeholder, and `media_sep`: whatever else appears with a medium and not without;
- `resp_end`: after a response, up to and including the end-of-turn token.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from secrets import token_hex
from typing import Any, Literal, TypeAlias

from sayso.errors import ConfigError

__all__ = ["Content", "Fixed", "make_skeleton", "Placeholder", "Render", "Skeleton", "Structure", "TemplateFacts"]

Structure: TypeAlias = tuple[tuple[str, tuple[Literal["text", "media"], ...]], ...]
"""Per message who speaks and the kinds of its parts."""

Render: TypeAlias = Callable[[list[dict[str, Any]], bool], str]
"""(conversation, add_generation_prompt) -> text."""

_MARK = f"mark{token_hex(8)}n"
_MARKS = re.compile(rf"{_MARK}(\d+)e")


@dataclass(frozen=True, slots=True)
class Fixed:
    """Text that the template writes, and its role."""

    text: str
    role: str


@dataclass(frozen=True, slots=True)
class Placeholder:
    """Where the next medium goes."""


@dataclass(frozen=True, slots=True)
class Content:
    """Where the next text goes; the template takes away whitespace on its left or right where it says so."""

    strip_left: bool
    strip_right: bool

    def clean(self, text: str) -> str:
        """The text as the template would write it."""
        text = text.lstrip() if self.strip_left else text
        return text.rstrip() if self.strip_right else text


Skeleton: TypeAlias = tuple[Fixed | Placeholder | Content, ...]


@dataclass(frozen=True, kw_only=True)
class TemplateFacts:
    """What a tokenizer and processor say about their template's special tokens."""

    bos: str | None
    special: tuple[str, ...]
    media_token: str | None


def make_skeleton(structure: Structure, *, render: Render, facts: TemplateFacts, prompt: bool) -> Skeleton:
    """Run the chat template with marks and sort what it writes; `prompt` asks for the generation prompt at the end.

    Raises:
        ConfigError: the template fails on this structure, or drops, repeats or reorders texts.
    """
    literals = _literals(structure, render=render, prompt=prompt)
    plain = _literals(_without_media(structure), render=render, prompt=prompt)
    strips = _strips(literals, padded=_literals(structure, render=render, prompt=prompt, pad=" "))
    speakers = [role for role, parts in structure for part in parts if part == "text"]
    pieces: list[Fixed | Placeholder | Content] = []
    for index, literal in enumerate(literals):
        after_response = index > 0 and speakers[index - 1] == "assistant"
        base = plain[index] if len(plain) == len(literals) else literal
        head = _head(base, index=index, structure=structure, render=render, facts=facts)
        marks = _end_of_turn(base, facts) if after_response else head
        pieces += _with_media(literal, base=base, marks=marks, facts=facts)
        if index < len(strips):
            pieces.append(strips[index])
    return tuple(pieces)


def _without_media(structure: Structure) -> Structure:
    return tuple((role, tuple(part for part in parts if part == "text")) for role, parts in structure)


def _literals(structure: Structure, *, render: Render, prompt: bool, pad: str = "") -> list[str]:
    try:
        text = render(_conversation(structure, pad=pad), prompt)
    except Exception as error:
        shape = ", ".join(f"{role} ({' and '.join(parts) or 'nothing'})" for role, parts in structure)
        raise ConfigError(f"the model's chat template cannot write {shape}: {type(error).__name__}: {error}") from error
    found = _MARKS.split(text)
    order = [int(number) for number in found[1::2]]
    if order != list(range(len(order))) or len(order) != sum(parts.count("text") for _, parts in structure):
        raise ConfigError(
            f"the model's chat template writes texts {order} of {structure!r}; it must write each once and in order"
        )
    return found[0::2]


def _conversation(structure: Structure, *, pad: str) -> list[dict[str, Any]]:
    number = 0
    conversation = []
    for role, parts in structure:
        content: list[dict[str, str]] = []
        for part in parts:
            if part == "media":
                content.append({"type": "image"})
            else:
                content.append({"type": "text", "text": f"{pad}{_MARK}{number}e{pad}"})
                number += 1
        conversation.append({"role": role, "content": content})
    return conversation


def _strips(literals: Sequence[str], *, padded: Sequence[str]) -> list[Content]:
    """Which texts lose their outer whitespace: the literals grow by a space on every side that keeps it."""
    kept = [
        next((left, right) for left in ("", " ") for right in ("", " ") if wide == left + thin + right)
        if wide != thin
        else ("", "")
        for thin, wide in zip(literals, padded, strict=True)
    ]
    return [Content(strip_left=not kept[i][1], strip_right=not kept[i + 1][0]) for i in range(len(literals) - 1)]


Marks: TypeAlias = list[tuple[str, str]]


def _head(base: str, *, index: int, structure: Structure, render: Render, facts: TemplateFacts) -> Marks:
    """Roles of a literal that does not follow a response."""
    bos = facts.bos if index == 0 and facts.bos and base.startswith(facts.bos) else ""
    rest = base[len(bos) :]
    spoken = _spoken_first(structure, rest, render=render) if index == 0 else ""
    return [(bos, "bos"), (spoken, "system"), (rest[len(spoken) :], "role_mark")]


def _spoken_first(structure: Structure, rest: str, *, render: Render) -> str:
    """What the template says of its own before a first user turn: all that a second user turn does not start with."""
    if not structure or structure[0][0] != "user":
        return ""
    try:
        turns: Structure = (("user", ("text",)), ("assistant", ("text",)), ("user", ("text",)))
        second = _literals(turns, render=render, prompt=False)[2]
    except ConfigError:
        return ""
    end = next((n for n, (a, b) in enumerate(zip(reversed(rest), reversed(second), strict=False)) if a != b), None)
    return rest[: len(rest) - (min(len(rest), len(second)) if end is None else end)]


def _end_of_turn(base: str, facts: TemplateFacts) -> Marks:
    """`resp_end` reaches to the first special token; where there is none, to the end of the line or of the literal."""
    ends = [base.index(token) + len(token) for token in facts.special if token in base]
    end = min(ends) if ends else len(base)
    return [(base[:end], "resp_end"), (base[end:], "role_mark")]


def _with_media(literal: str, *, base: str, marks: Marks, facts: TemplateFacts) -> Iterator[Fixed | Placeholder]:
    """The literal's pieces: `marks` cover `base`, and what the literal has beyond it came with the media."""
    if literal == base:
        yield from (Fixed(text, role) for text, role in marks if text)
        return
    before = _split(literal, base=base, token=facts.media_token or "")
    yield from _cut(marks, 0, before)
    yield from _media(literal[before : len(literal) - (len(base) - before)], facts)
    yield from _cut(marks, before, len(base))


def _split(literal: str, *, base: str, token: str) -> int:
    """How much of `base` stands before the insertion: as much as leaves the insertion its whole media tokens.

    Raises:
        ConfigError: `base` with something put in is not `literal`.
    """
    size = len(literal) - len(base)
    places = [n for n in range(len(base) + 1) if literal.startswith(base[:n]) and literal.endswith(base[n:])]
    if size < 0 or not places:
        raise ConfigError(f"the model's chat template writes {base!r} without media but {literal!r} with them")
    return max(places, key=lambda n: (literal[n : n + size].count(token) if token else 0, n))


def _cut(marks: Marks, start: int, end: int) -> Iterator[Fixed]:
    place = 0
    for text, role in marks:
        piece = text[max(0, start - place) : max(0, end - place)]
        place += len(text)
        if piece:
            yield Fixed(piece, role)


def _media(text: str, facts: TemplateFacts) -> Iterator[Fixed | Placeholder]:
    if facts.media_token is None:
        yield Fixed(text, "media_sep")
        return
    pieces = text.split(facts.media_token)
    for number, piece in enumerate(pieces):
        if number:
            yield Placeholder()
        if piece:
            yield Fixed(piece, "media_sep")
