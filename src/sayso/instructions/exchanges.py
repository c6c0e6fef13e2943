"""A conversation as exchanges: what was asked and what was answered to it, turn by turn.

Several turns of the user in a row are one question; a system's text belongs to no exchange, and is told as something said before.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sayso.records import MediaPart, Message

__all__ = ["Exchange", "exchanges"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Exchange:
    """`instruction` and `response` as texts, and `before`, all that was said earlier; `media` are the positions of the pictures shown by then.

    `asked` is the position of the message that asks last, `answered` of the one that answers.
    """

    instruction: str
    response: str
    before: str = ""
    media: tuple[int, ...] = ()
    asked: int
    answered: int


def exchanges(messages: Sequence[Message]) -> list[Exchange]:
    """Every answered question; an answer to nothing is none."""
    return list(_exchanges(messages))


def _exchanges(messages: Sequence[Message]) -> Iterator[Exchange]:
    start, media = 0, list[int]()
    for place, message in enumerate(messages):
        media += [part.index for part in message.parts if isinstance(part, MediaPart)]
        if message.role == "assistant":
            asking = [number for number in range(start, place) if messages[number].role == "user"]
            if asking:
                yield Exchange(
                    instruction="\n".join(messages[number].text for number in asking),
                    response=message.text,
                    before=_told(messages[: asking[0]]),
                    media=tuple(dict.fromkeys(media)),
                    asked=asking[-1],
                    answered=place,
                )
            start = place + 1


def _told(messages: Sequence[Message]) -> str:
    return "\n".join(f"{message.role.capitalize()}: {message.text}" for message in messages)
