"""What a format is: samples out to files of another tool, and back where that tool's files say enough."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

from sayso.records import Sample
from sayso.registry import Registry
from sayso.sources import BadRow

__all__ = ["Format", "formats"]


class Format(Protocol):
    """Files of one other tool."""

    def write(self, samples: Iterable[Sample], *, out: Path) -> int:
        """Write the samples into the new folder `out`; returns how many.

        Raises:
            DataError: a sample that the format cannot hold, or `out` is not empty.
            BackendError: the disk is full.
        """
        ...

    def read(self, path: Path) -> Iterator[Sample | BadRow]:
        """The samples in the files at `path`, in order; a row that cannot be used is a BadRow.

        Raises:
            DataError: the file as a whole cannot be read.
        """
        ...


formats: Registry[Format] = Registry("format", "sayso.data.formats")
"""Formats by name."""
