"""Worked examples as earlier turns of the conversation, each with its pictures, then the question.

Source: in-context learning as in GPT-3 (Brown et al. 2020). Which examples are shown matters (Liu et al. 2022 choose by similarity), so `choice` is named with every number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from msgspec.structs import replace
from pydantic import Field

from sayso.config import PluginConfig
from sayso.instructions.prompting._choosing import Choice, choose
from sayso.instructions.prompting._protocol import WHOLE, promptings
from sayso.records import Media, MediaPart, Message, Sample

__all__ = ["after_turns", "FewShot", "moved"]


@promptings.register("few_shot")
@dataclass(frozen=True, kw_only=True)
class FewShot:
    """`num_demonstrations` turns before the question; without `pictures` their texts alone, for models that read one picture."""

    num_demonstrations: int = Field(default=2, ge=1)
    choice: Choice = "random"
    pictures: bool = True

    written: ClassVar[bool] = False
    parser: ClassVar[PluginConfig] = WHOLE

    def prompt(self, sample: Sample, *, demonstrations: Sequence[Sample], seed: int) -> Sample:
        """The sample behind its demonstrations."""
        count, choice = self.num_demonstrations, self.choice
        shown = choose(sample, demonstrations, count=count, choice=choice, seed=seed)
        return after_turns(sample, shown if self.pictures else [_without_pictures(one) for one in shown])


def after_turns(sample: Sample, shown: Sequence[Sample]) -> Sample:
    """`sample` with the turns of other samples before its own, and their media before its media; of system messages its own alone, which stay in front."""
    messages: list[Message] = []
    media: list[Media] = []
    for one in (*shown, sample):
        messages += [
            moved(message, by=len(media)) for message in one.messages if one is sample or not _is_system(message)
        ]
        media += one.media
    return replace(sample, messages=tuple(sorted(messages, key=lambda one: not _is_system(one))), media=tuple(media))


def _is_system(message: Message) -> bool:
    return message.role == "system"


def moved(message: Message, *, by: int) -> Message:
    """The message in a sample that has so many media before its own."""
    parts = (replace(part, index=part.index + by) if isinstance(part, MediaPart) else part for part in message.parts)
    return replace(message, parts=tuple(parts))


def _without_pictures(sample: Sample) -> Sample:
    messages = (
        replace(message, parts=tuple(part for part in message.parts if not isinstance(part, MediaPart)))
        for message in sample.messages
    )
    return replace(sample, messages=tuple(messages), media=())
