"""Where a wording meets an example: `render_sample` fills a template and keeps the role of every character.

The user's message is the media, then one text whose spans say what is template (`instr_template`), what filled its slots
(`instr`) and what are the options (`options`); the assistant's message is one reference, all of it `response`. Without a
reference the sample is a prompt. Nothing is drawn here: wording, option order and reference come from the caller.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from sayso.config import PromptConfig
from sayso.errors import DataError
from sayso.instructions.media_order import order_media
from sayso.instructions.options import append_options, format_options
from sayso.instructions.regions import format_region, format_regions
from sayso.instructions.template import join_spans, parse, render
from sayso.records import (
    Answer,
    Example,
    FieldValue,
    Media,
    MediaPart,
    Message,
    Options,
    Region,
    Regions,
    Sample,
    Span,
    Template,
    TextPart,
)

__all__ = ["CardLike", "format_answer", "options_of", "render_sample", "reworded"]


class CardLike(Protocol):
    """What rendering needs of a task's card: slot names with their types, and the output type."""

    @property
    def slots(self) -> Mapping[str, str]:
        """Names of slots with their types (`text`, `region`, `regions`, `options`)."""
        ...

    @property
    def output(self) -> str:
        """`text`, `option`, `region` or `region_option`."""
        ...


_TYPES: dict[type, str] = {str: "text", Region: "region", Regions: "regions", Options: "options"}


def render_sample(
    example: Example,
    *,
    template: Template,
    card: CardLike,
    prompt: PromptConfig,
    order: Sequence[int] | None,
    reference: Answer | None,
) -> Sample:
    """`example` under one wording.

    `order` gives the positions of the options as shown (None: as they are). `reference` is the answer of the assistant's
    message; None leaves that message out. In the sample, `options` are the choices in the order shown and `references` all
    accepted outputs, both as text in the prompt's region style and without letters or numbers.

    Raises:
        DataError: a slot has no value or one of another type, the options' order is not one, or the answer is empty.
        ConfigError: the prompt names a style that does not exist.
    """
    if example.messages:
        return _as_written(example, template=template, prompt=prompt, answered=reference is not None)
    options = _shown_options(example, order=order, prompt=prompt)
    values = {
        name: _slot(example, name, card=card, prompt=prompt, options=options)
        for name in parse(template.text).slots
        if name in example.fields
    }
    messages = [_user(example, template=template, values=values, appended=_appended(values, options, prompt))]
    if reference is not None:
        messages.append(_assistant(example, text=format_answer(reference, prompt=prompt, media=example.media)))
    return Sample(
        id=f"{example.id}@{template.id}",
        example=example.id,
        task=example.task,
        template=template.id,
        messages=tuple(messages),
        media=example.media,
        options=options,
        references=tuple(format_answer(answer, prompt=prompt, media=example.media) for answer in example.references),
    )


def _as_written(example: Example, *, template: Template, prompt: PromptConfig, answered: bool) -> Sample:
    """The conversation word for word, its pictures where the prompt wants them; as a prompt it ends before its last answer."""
    messages = example.messages if answered else example.messages[:-1]
    return Sample(
        id=f"{example.id}@{template.id}",
        example=example.id,
        task=example.task,
        template=template.id,
        messages=order_media(messages, position=prompt.media_position, name=f"example {example.id!r}"),
        media=example.media,
        references=tuple(str(answer) for answer in example.references),
    )


def reworded(example: Example, text: str) -> Example:
    """A conversation with `text` in place of its first instruction; pictures and all other turns stay."""
    at = next(number for number, message in enumerate(example.messages) if message.role == "user")
    spans = (Span(start=0, end=len(text), role="instr"),)
    media = tuple(part for part in example.messages[at].parts if isinstance(part, MediaPart))
    turn = Message(role="user", parts=(*media, TextPart(text=text, spans=spans)))
    return msgspec.structs.replace(example, messages=(*example.messages[:at], turn, *example.messages[at + 1 :]))


def format_answer(answer: Answer, *, prompt: PromptConfig, media: Sequence[Media]) -> str:
    """A gold output, or an option, as text in the prompt's region style."""
    if isinstance(answer, str):
        return answer
    if isinstance(answer, Region):
        return format_region(answer, style=prompt.regions, media=media)
    return format_regions(answer.items, style=prompt.regions, media=media)


def options_of(example: Example) -> Options | None:
    """The choices of an option task's example, in canonical order; None where the task has none."""
    return next((value for value in example.fields.values() if isinstance(value, Options)), None)


def _shown_options(example: Example, *, order: Sequence[int] | None, prompt: PromptConfig) -> tuple[str, ...]:
    options = options_of(example)
    if options is None:
        return ()
    texts = tuple(format_answer(item, prompt=prompt, media=example.media) for item in options.items)
    if order is None:
        return texts
    if sorted(order) != list(range(len(texts))):
        raise DataError(f"example {example.id!r}: {tuple(order)} is not an order of its {len(texts)} options")
    return tuple(texts[position] for position in order)


def _slot(
    example: Example, name: str, *, card: CardLike, prompt: PromptConfig, options: tuple[str, ...]
) -> tuple[str, str]:
    value = example.fields[name]
    found, wanted = _TYPES[type(value)], card.slots.get(name)
    if found != wanted:
        raise DataError(
            f"example {example.id!r}: field {name!r} is of type {found}, the card of {example.task!r} says {wanted}"
        )
    if isinstance(value, Options):
        return format_options(options, style=prompt.options), "options"
    return _text(value, prompt=prompt, media=example.media), "instr"


def _text(value: FieldValue, *, prompt: PromptConfig, media: Sequence[Media]) -> str:
    if isinstance(value, Options):
        raise DataError(f"options {value.items!r} where one value belongs")
    return format_answer(value, prompt=prompt, media=media)


def _appended(values: Mapping[str, tuple[str, str]], options: tuple[str, ...], prompt: PromptConfig) -> str:
    shown = any(role == "options" for _, role in values.values())
    return "" if shown or not options else append_options(options, style=prompt.options)


def _user(example: Example, *, template: Template, values: Mapping[str, tuple[str, str]], appended: str) -> Message:
    text, spans = render(parse(template.text), values=values)
    if appended:
        spans = (*spans, Span(start=len(text), end=len(text) + len(appended), role="options"))
        text += appended
    if not text:
        raise DataError(f"example {example.id!r} under template {template.id!r}: the instruction is empty")
    media = tuple(MediaPart(index=index) for index in range(len(example.media)))
    return Message(role="user", parts=(*media, TextPart(text=text, spans=spans)))


def _assistant(example: Example, *, text: str) -> Message:
    if not text:
        raise DataError(f"example {example.id!r}: its reference is empty, nothing could be learned from it")
    text, spans = join_spans([(text, "response")])
    return Message(role="assistant", parts=(TextPart(text=text, spans=spans),))
