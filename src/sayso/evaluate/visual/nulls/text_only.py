"""No picture at all. The text moves to the front, so positions and length differ from the pass with the picture: part of the difference is due to that."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import replace

from sayso.evaluate.visual.nulls._bases import NO_PICTURE
from sayso.evaluate.visual.nulls._protocol import null_images
from sayso.records import MediaPart, Message, Sample, Verdict

if TYPE_CHECKING:
    from sayso.models.encode import Encoded

__all__ = ["text_only", "TextOnly"]


class TextOnly:
    """Words alone."""

    random: ClassVar[bool] = False

    def samples(self, samples: Sequence[Sample], *, seed: int, number: int) -> list[Sample | Verdict]:
        """The samples without their pictures."""
        del seed, number
        return [replace(one, media=(), messages=_bare(one.messages)) if one.media else NO_PICTURE for one in samples]

    def encoded(self, row: "Encoded", *, seed: int, number: int) -> "Encoded":
        """The row."""
        del seed, number
        return row


def _bare(messages: Sequence[Message]) -> tuple[Message, ...]:
    return tuple(
        replace(one, parts=tuple(part for part in one.parts if not isinstance(part, MediaPart))) for one in messages
    )


@null_images.register("text_only")
def text_only() -> TextOnly:
    """The picture taken away."""
    return TextOnly()
