"""The rows of a file of conversations, as far as induction looks at them: the first instruction, its answer, and the pictures."""

from collections.abc import Iterator
from dataclasses import dataclass

from sayso.records import AnnotatedItem, Media, MediaPart, Message, TextPart

__all__ = ["InstructionRow", "read_row"]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstructionRow:
    """One row; `reason` says why it can be of no task, `turns` counts the instructions after the first."""

    id: str
    text: str
    answer: str
    media: tuple[Media, ...] = ()
    turns: int = 0
    reason: str = ""


def read_row(item: AnnotatedItem) -> InstructionRow:
    """The row of a conversation; a task shows its pictures first, and has no text of the system."""
    messages = item.conversation
    first = next((number for number, message in enumerate(messages) if message.role == "user"), None)
    if first is None or first + 1 >= len(messages):
        return InstructionRow(id=item.id, text="", answer="", reason="no instruction")
    text, answer = _text(messages[first]), _text(messages[first + 1])
    return InstructionRow(
        id=item.id,
        text=text,
        answer=answer,
        media=item.media,
        turns=sum(message.role == "user" for message in messages) - 1,
        reason=next(_reasons(messages, first, text=text, num_media=len(item.media)), ""),
    )


def _text(message: Message) -> str:
    return "".join(part.text for part in message.parts if isinstance(part, TextPart))


def _reasons(messages: tuple[Message, ...], first: int, *, text: str, num_media: int) -> Iterator[str]:
    parts = messages[first].parts
    shown = [isinstance(part, MediaPart) for part in parts]
    if not text.strip():
        yield "no instruction"
    if "\0" in text:
        yield "the instruction holds a null character"
    if first:
        yield "a text of the system comes before the instruction"
    if shown != sorted(shown, reverse=True) or shown.count(False) > 1:
        yield "pictures stand inside the text or after it"
    if sum(shown) < num_media:
        yield "a later turn shows pictures"
