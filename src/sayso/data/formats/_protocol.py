"""What a format is: samples out to files of another tool. The way back is the source `conversations`."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from sayso.records import Sample
from sayso.registry import Registry

__all__ = ["Format", "formats", "Outcome"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """How many samples were written, and how many the format cannot hold, by reason."""

    num_samples: int
    left_out: dict[str, int] = field(default_factory=dict)


class Format(Protocol):
    """Files of one other tool."""

    def write(self, samples: Iterable[Sample], *, out: Path) -> Outcome:
        """Write the samples into the new folder `out`.

        Raises:
            DataError: the format can hold none of the samples, a picture is missing, or `out` is not empty.
            BackendError: the disk is full.
        """
        ...


formats: Registry[Format] = Registry("format", "sayso.data.formats")
"""Formats by name."""
