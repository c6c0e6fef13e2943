"""What a source is: files (or a seed) in, annotated items out."""

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

import msgspec

from sayso.records import AnnotatedItem, TaskCard
from sayso.registry import Registry

__all__ = ["BadRow", "Source", "sources", "TaskSource"]


class BadRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row that cannot be used: where it is (file and line, or record id) and why. Kept in quarantine, never fatal alone."""

    place: str
    reason: str


class Source(Protocol):
    """A stream of items, always in the same order.

    A source yields every row it finds: good ones as items, bad ones as BadRow. What is wrong with a whole file
    (missing, not JSON at all) is a DataError.
    """

    def items(self) -> Iterator[AnnotatedItem | BadRow]:
        """All rows, in file order; each call starts again."""
        ...


@runtime_checkable
class TaskSource(Protocol):
    """A source whose data define tasks of their own: a definition, wordings, and inputs with their outputs."""

    def tasks(self) -> Iterator[TaskCard]:
        """The tasks, by name; an item belongs to one if a question of it has that name as its kind.

        Raises:
            DataError: a file cannot be read.
        """
        ...


sources: Registry[Source] = Registry("source", "sayso.sources")
"""Sources by name; a factory's keyword arguments are the options of a recipe's `sources:` entry."""
