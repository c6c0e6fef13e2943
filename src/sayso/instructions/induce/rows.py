"""The rows of a file of conversations, as far as induction looks at them: the first instruction, its answer, and the pictures."""

from collections.abc import Iterator
from dataclasses import dataclass

from sayso.records import AnnotatedItem, Media, MediaPart, Message

__all__ = ["InstructionRow", "read_row"]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstructionRow:
    """One row. `reason` says why it can be of no task; `stays` why it helps to find tasks and is read as the conversation that it is."""

    id: str
    text: str
    answer: str
    media: tuple[Media, ...] = ()
    reason: str = ""
    stays: str = ""


def read_row(item: AnnotatedItem) -> InstructionRow:
    """The row of a conversation; a task shows its pictures first, and has no text of the system and one turn."""
    messages = item.conversation
    first = next((number for number, message in enumerate(messages) if message.role == "user"), None)
    if first is None or first + 1 >= len(messages):
        return InstructionRow(id=item.id, text="", answer="", reason="no instruction")
    text, answer = messages[first].text, messages[first + 1].text
    last = _shown(messages[first]) == sorted(_shown(messages[first]))
    return InstructionRow(
        id=item.id,
        text=text.rstrip("\r\n") if last and True in _shown(messages[first]) else text,
        answer=answer,
        media=item.media,
        reason=next(_reasons(messages, first, text=text, num_media=len(item.media)), ""),
        stays=next(_stays(messages, first), ""),
    )


def _shown(message: Message) -> list[bool]:
    return [isinstance(part, MediaPart) for part in message.parts]


def _reasons(messages: tuple[Message, ...], first: int, *, text: str, num_media: int) -> Iterator[str]:
    shown = _shown(messages[first])
    if not text.strip():
        yield "no instruction"
    if "\0" in text:
        yield "the instruction holds a null character"
    if shown.count(False) > 1 or sorted(shown) != shown != sorted(shown, reverse=True):
        yield "pictures stand inside the text"
    if sum(shown) < num_media:
        yield "a later turn shows pictures"


def _stays(messages: tuple[Message, ...], first: int) -> Iterator[str]:
    shown = _shown(messages[first])
    if first:
        yield "a text of the system comes before the instruction"
    if shown != sorted(shown, reverse=True):
        yield "pictures follow the text"
    if sum(message.role == "user" for message in messages) > 1:
        yield "more turns follow"
