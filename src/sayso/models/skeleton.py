"""The skeleton of a conversation: what a chat template writes around the texts, and what each piece of it is for.

A chat template is a program that only its author understands. So it is run once for each structure (who speaks, which kinds of
parts) with unguessable marks in place of the texts; what stands between the marks is what the template writes itself. Nothing is
ever searched for in a rendered conversation, so no text can be mistaken for a part of the template. Roles of the literals:

- `bos`: the beginning-of-sequence token in front;
- `system`: what a template says in front of the first turn on its own account, and `role_mark`: who speaks;
- `response`: what stands between the generation prompt and a response, be it an empty thought or a space: whoever is asked has to write it;
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
_AS_CODE = re.compile(rf"""['"]text['"]: ['"]\s*{_MARK}""")


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
    """Where the next text goes, and which characters the template takes away on its left and right.

    As in `str.strip`: none for "", all whitespace for None.
    """

    strip_left: str | None
    strip_right: str | None

    def clean(self, text: str) -> tuple[str, int]:
        """The text as the template would write it, and how many characters it lost on its left."""
        kept = text.lstrip(self.strip_left)
        return kept.rstrip(self.strip_right), len(text) - len(kept)


Skeleton: TypeAlias = tuple[Fixed | Placeholder | Content, ...]


@dataclass(frozen=True, kw_only=True)
class TemplateFacts:
    """What a tokenizer and processor say about their template's tokens.

    `special` are control tokens, `forbidden` these and further added tokens that the template writes or looks for.
    """

    bos: str | None
    special: tuple[str, ...]
    forbidden: tuple[str, ...]
    media_token: str | None


def make_skeleton(structure: Structure, *, render: Render, facts: TemplateFacts, prompt: bool) -> Skeleton:
    """Run the chat template with marks and sort what it writes; `prompt` asks for the generation prompt at the end.

    Raises:
        ConfigError: the template fails on this structure, drops, repeats or reorders texts, or has no place for media.
    """
    literals = _literals(structure, render=render, prompt=prompt)
    plain = _plain_literals(structure, literals, render=render, facts=facts, prompt=prompt)
    strips = _strips(structure, literals, render=render, prompt=prompt)
    speakers = [role for role, parts in structure for part in parts if part == "text"]
    end, lead = _turn_end(render, facts), _lead(render)
    pieces: list[Fixed | Placeholder | Content] = []
    for index, (literal, base) in enumerate(zip(literals, plain, strict=True)):
        after_response = index > 0 and speakers[index - 1] == "assistant"
        head = _head(base, index=index, structure=structure, render=render, facts=facts)
        marks = _end_of_turn(base, end=end, facts=facts) if after_response else head
        if index < len(speakers) and speakers[index] == "assistant":
            marks = _led(marks, lead)
        pieces += _with_media(literal, base=base, marks=marks, facts=facts)
        if index < len(strips):
            pieces.append(strips[index])
    _check_media(structure, pieces)
    return tuple(pieces)


def _check_media(structure: Structure, pieces: Sequence[Fixed | Placeholder | Content]) -> None:
    wanted = sum(parts.count("media") for _, parts in structure)
    found = sum(isinstance(piece, Placeholder) for piece in pieces)
    if found != wanted:
        raise ConfigError(
            f"the model's chat template writes {found} places for {wanted} media; it is one for texts alone, or writes "
            "another token than the processor reads: give the model a template that writes the processor's image_token"
        )


def _without_media(structure: Structure) -> Structure:
    return tuple((role, tuple(part for part in parts if part == "text")) for role, parts in structure)


def _plain_literals(
    structure: Structure, literals: list[str], *, render: Render, facts: TemplateFacts, prompt: bool
) -> list[str]:
    """What the template writes between the same texts where there are no media, as far as it can do without."""
    try:
        plain = _literals(_without_media(structure), render=render, prompt=prompt)
    except ConfigError:
        plain = []
    if len(plain) == len(literals):
        return plain
    return [literal.replace(facts.media_token, "") if facts.media_token else literal for literal in literals]


def _literals(structure: Structure, *, render: Render, prompt: bool, pad: str = "") -> list[str]:
    try:
        text = render(_conversation(structure, pad=pad), prompt)
    except Exception as error:
        shape = ", ".join(f"{role} ({' and '.join(parts) or 'nothing'})" for role, parts in structure)
        raise ConfigError(f"the model's chat template cannot write {shape}: {type(error).__name__}: {error}") from error
    if _AS_CODE.search(text):
        raise ConfigError(
            "the model's chat template writes the parts of a message as code; it is one for texts alone, "
            "give the model a template that takes parts"
        )
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


def _strips(structure: Structure, literals: Sequence[str], *, render: Render, prompt: bool) -> list[Content]:
    """Which texts lose their outer spaces and line ends: the literals grow by one on every side that keeps it."""
    spaces, lines = (_kept(structure, literals, render=render, prompt=prompt, pad=pad) for pad in " \n")
    return [
        Content(
            strip_left=_stripped(space=spaces[i][1], line=lines[i][1]),
            strip_right=_stripped(space=spaces[i + 1][0], line=lines[i + 1][0]),
        )
        for i in range(len(literals) - 1)
    ]


def _kept(
    structure: Structure, literals: Sequence[str], *, render: Render, prompt: bool, pad: str
) -> list[tuple[str, str]]:
    """Per literal what it has of the text before it and of the text after it."""
    padded = _literals(structure, render=render, prompt=prompt, pad=pad)
    return [
        next(((a, b) for a in ("", pad) for b in ("", pad) if wide == a + thin + b), ("", ""))
        for thin, wide in zip(literals, padded, strict=True)
    ]


def _stripped(*, space: str, line: str) -> str | None:
    return {(True, True): "", (True, False): "\n", (False, True): " "}.get((bool(space), bool(line)))


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
    return rest[: len(rest) - _num_shared(rest[::-1], second[::-1])]


def _turn_end(render: Render, facts: TemplateFacts) -> str:
    """What closes a response whether or not another turn follows, up to its last special token where it has one."""
    asked: Structure = (("user", ("text",)), ("assistant", ("text",)))
    try:
        last = _literals(asked, render=render, prompt=False)[-1]
        inner = _literals((*asked, *asked), render=render, prompt=False)[2]
    except ConfigError:
        return ""
    shared = last[: _num_shared(last, inner)]
    ends = [shared.rindex(token) + len(token) for token in facts.special if token in shared]
    return shared[: max(ends)] if ends else shared if last == shared else ""


def _lead(render: Render) -> str:
    """What a template writes in front of a response beyond the generation prompt."""
    try:
        asked = _literals((("user", ("text",)),), render=render, prompt=True)[-1]
        answered = _literals((("user", ("text",)), ("assistant", ("text",))), render=render, prompt=False)[1]
    except ConfigError:
        return ""
    return answered[len(asked) :] if answered.startswith(asked) else ""


def _led(marks: Marks, lead: str) -> Marks:
    """The marks in front of a response, of which `lead` is the model's to write."""
    *before, (text, role) = marks
    if not lead or not text.endswith(lead):
        return marks
    return [*before, (text[: len(text) - len(lead)], role), (lead, "response")]


def _end_of_turn(base: str, *, end: str, facts: TemplateFacts) -> Marks:
    """`resp_end` is what closes every response; where nothing does, it reaches to the first special token if there is one."""
    if not (end and base.startswith(end)):
        ends = [base.index(token) + len(token) for token in facts.special if token in base]
        end = base[: min(ends, default=0)]
    return [(end, "resp_end"), (base[len(end) :], "role_mark")]


def _num_shared(first: str, second: str) -> int:
    """How many characters two texts begin alike."""
    pairs = enumerate(zip(first, second, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(first), len(second)))


def _with_media(literal: str, *, base: str, marks: Marks, facts: TemplateFacts) -> Iterator[Fixed | Placeholder]:
    """The literal's pieces: `marks` cover `base`, and what the literal has beyond it came with the media."""
    if literal == base:
        yield from (Fixed(text, role) for text, role in marks if text)
        return
    before, after = _split(literal, base=base, token=facts.media_token or "")
    yield from _cut(marks, 0, before)
    yield from _media(literal[before : len(literal) - after], facts)
    yield from _cut(marks, len(base) - after, len(base))


def _split(literal: str, *, base: str, token: str) -> tuple[int, int]:
    """How much of `base` stands before and after the media: as much as leaves them their whole tokens.

    A template may write a little less of its own where media are (`User: ` and `User:<image>`).
    """
    size = len(literal) - len(base)
    places = [n for n in range(len(base) + 1) if literal.startswith(base[:n]) and literal.endswith(base[n:])]
    if size >= 0 and places:
        before = max(places, key=lambda n: (literal[n : n + size].count(token) if token else 0, n))
        return before, len(base) - before
    before = _num_shared(literal, base)
    return before, _num_shared(literal[before:][::-1], base[before:][::-1])


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
