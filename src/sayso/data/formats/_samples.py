"""What formats need of a sample: its name, its turns as text, and whether they are what a tool expects."""

from collections.abc import Sequence

from sayso.errors import DataError
from sayso.records import MediaPart, Message, Part, Sample
from sayso.tasks import AS_WRITTEN, CONVERSATION

__all__ = ["IMAGE", "marked", "pairs", "plain", "row_id", "shown", "split_system", "UnfitError"]

IMAGE = "<image>"


class UnfitError(DataError):
    """A sample that a format cannot hold; the message is the reason, without the sample's name, so that equal ones count."""


def row_id(sample: Sample) -> str:
    """The sample's id; a conversation that came from a file keeps the id it had there."""
    prefix, suffix = f"{CONVERSATION.name}/", f"/0@{AS_WRITTEN.id}"
    if sample.task == CONVERSATION.name and sample.id.startswith(prefix) and sample.id.endswith(suffix):
        return sample.id[len(prefix) : -len(suffix)]
    return sample.id


def shown(sample: Sample) -> list[int]:
    """Positions in the sample's media, in the order in which they stand in the turns."""
    return [part.index for message in sample.messages for part in message.parts if isinstance(part, MediaPart)]


def marked(parts: Sequence[Part]) -> str:
    """The text of a turn with `<image>` for every picture, each on a line of its own.

    Raises:
        UnfitError: the text itself contains the mark.
    """
    pieces: list[str] = []
    for number, part in enumerate(parts, start=1):
        if isinstance(part, MediaPart):
            pieces.append(IMAGE + ("\n" if number < len(parts) else ""))
        elif IMAGE in part.text:
            raise UnfitError(f"a text contains {IMAGE!r}, which would be read as a picture")
        else:
            pieces.append(part.text)
    return "".join(pieces)


def plain(message: Message, *, tool: str) -> str:
    """The text of a turn without pictures.

    Raises:
        UnfitError: it shows a picture.
    """
    if any(isinstance(part, MediaPart) for part in message.parts):
        raise UnfitError(f"{tool} has no place for pictures")
    return message.text


def split_system(sample: Sample) -> tuple[Message | None, Sequence[Message]]:
    """The system's turn, if the sample begins with one, and the others."""
    first = sample.messages[0] if sample.messages else None
    if first is not None and first.role == "system":
        return first, sample.messages[1:]
    return None, sample.messages


def pairs(messages: Sequence[Message], *, tool: str) -> list[tuple[Message, Message]]:
    """The turns as (user, assistant) pairs.

    Raises:
        UnfitError: they do not alternate, beginning with the user and ending with the assistant.
    """
    roles = [message.role for message in messages]
    if not roles or roles != ["user", "assistant"] * (len(roles) // 2):
        raise UnfitError(f"{tool} needs turns of user and assistant in alternation")
    return list(zip(messages[::2], messages[1::2], strict=True))
