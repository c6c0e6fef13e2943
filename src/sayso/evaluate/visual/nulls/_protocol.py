"""What a null picture is: something in the picture's place that tells nothing, so that what the picture told can be counted.

A null changes samples before the processor sees them, or the arrays that it made, and keeps every position of every token, so that the two passes differ in
pixels alone; `text_only`, which takes the picture away, is the exception and says so.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from sayso.config import PluginConfig
from sayso.records import Sample, Verdict
from sayso.registry import Registry

if TYPE_CHECKING:
    from sayso.models.encode import Encoded

__all__ = ["null_images", "null_label", "NullImage"]


class NullImage(Protocol):
    """Takes the content out of pictures."""

    @property
    def random(self) -> bool:
        """Whether another `number` gives another null, so that several can be averaged."""
        ...

    def samples(self, samples: Sequence[Sample], *, seed: int, number: int) -> list[Sample | Verdict]:
        """The samples with other pictures; a Verdict where there is nothing to take away."""
        ...

    def encoded(self, row: "Encoded", *, seed: int, number: int) -> "Encoded":
        """The row with other arrays; as it is where `samples` has done it all."""
        ...


def null_label(null: PluginConfig) -> str:
    """What a null is called in tables: its name and the options that were given."""
    options = ", ".join(f"{key}: {value}" for key, value in null.options.items())
    return f"{null.name} ({options})" if options else null.name


null_images: Registry[NullImage] = Registry("null image", "sayso.evaluate.visual.nulls")
"""Null pictures by name."""
