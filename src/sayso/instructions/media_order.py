"""Where pictures stand in the turns of a conversation that somebody wrote: as it is, in front, or refused.

An instruction is learned from its picture only if the picture comes first. LLaVA puts it in front of the turn wherever it stood (Liu et al. 2023);
so does `first`, for every medium of a turn, in their order. A picture of a later turn stays in that turn. Rendered samples have their media in front anyway.
"""

from collections.abc import Sequence
from typing import Literal, TypeAlias

from sayso.errors import DataError
from sayso.records import MediaPart, Message, Part, Span, TextPart

__all__ = ["MediaPosition", "order_media"]

MediaPosition: TypeAlias = Literal["first", "keep", "refuse"]
"""What is done about a medium behind text of its turn."""


def order_media(messages: Sequence[Message], *, position: MediaPosition, name: str) -> tuple[Message, ...]:
    """The messages with media where they should be; whitespace that stood beside a moved medium at an end of its turn goes.

    Raises:
        DataError: `position` is `refuse` and a medium stands behind text; `name` is whose messages they are.
    """
    if position == "keep":
        return tuple(messages)
    return tuple(_order(message, number, position=position, name=name) for number, message in enumerate(messages, 1))


def _order(message: Message, number: int, *, position: MediaPosition, name: str) -> Message:
    media = [part for part in message.parts if isinstance(part, MediaPart)]
    if message.parts[: len(media)] == tuple(media):
        return message
    if position == "refuse":
        raise DataError(
            f"{name}: message {number} ({message.role}) has medium {media[-1].index} behind text, which is then learned without having seen it; "
            "set prompt.media_position: first, or keep for objectives on responses alone"
        )
    return Message(role=message.role, parts=(*media, *_stripped([p for p in message.parts if isinstance(p, TextPart)])))


def _stripped(texts: list[TextPart]) -> list[Part]:
    """Without whitespace at the two ends; a text of nothing else goes."""
    while texts and not texts[0].text.strip():
        texts = texts[1:]
    while texts and not texts[-1].text.strip():
        texts = texts[:-1]
    if not texts:
        return []
    first = texts[0].text
    texts = [_cut(texts[0], len(first) - len(first.lstrip()), len(first)), *texts[1:]]
    return [*texts[:-1], _cut(texts[-1], 0, len(texts[-1].text.rstrip()))]


def _cut(part: TextPart, start: int, end: int) -> TextPart:
    spans = [
        Span(start=max(span.start, start) - start, end=min(span.end, end) - start, role=span.role)
        for span in part.spans
        if span.start < end and span.end > start
    ]
    return TextPart(text=part.text[start:end], spans=tuple(spans))
