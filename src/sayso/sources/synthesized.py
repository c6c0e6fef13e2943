"""What a stage `synthesize` made: its items, and the tasks that it brings along.

    {name: synthesized, path: runs/mine/synthesize}

A build that reads such a stage takes it by itself, so that a recipe names this source only for the items of another run. All of it is for training: it was made
by a language model, and nobody should be tested on it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from sayso.artifacts import read_jsonl
from sayso.errors import DataError
from sayso.records import AnnotatedItem, TaskCard
from sayso.sources._files import read_lines
from sayso.sources._protocol import BadRow, sources

__all__ = ["Synthesized"]

ITEMS, TASKS = "items.jsonl", "tasks.jsonl"


@sources.register("synthesized")
@dataclass(frozen=True, kw_only=True)
class Synthesized:
    """The source; the fields are the options of a recipe."""

    path: str
    """The folder of the stage."""
    split: str = ""
    """What `AnnotatedItem.split` says."""

    def tasks(self) -> Iterator[TaskCard]:
        """The new tasks, in the order in which they were made.

        Raises:
            DataError: the folder is no such stage, or a line is no card.
        """
        yield from read_jsonl(self._file(TASKS), TaskCard)

    def items(self) -> Iterator[AnnotatedItem | BadRow]:
        """Every item that was kept, with the source that it says.

        Raises:
            DataError: the folder is no such stage.
        """
        for _, row in read_lines(self._file(ITEMS), AnnotatedItem):
            if isinstance(row, BadRow):
                yield row
            else:
                yield msgspec.structs.replace(row, group=row.group or row.id, split=self.split or row.split)

    def _file(self, name: str) -> Path:
        path = Path(self.path) / name
        if not path.is_file():
            raise DataError(f"{self.path} has no {name}; name the folder of a finished synthesize stage")
        return path
