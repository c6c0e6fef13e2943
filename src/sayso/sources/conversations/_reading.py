"""The source: one file of conversations, or those that a register names, as annotated items."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from msgspec import structs

from sayso.errors import DataError
from sayso.records import AnnotatedItem
from sayso.sources._files import read_any
from sayso.sources._protocol import BadRow
from sayso.sources.conversations._detecting import Detection, detect
from sayso.sources.conversations._items import make_item
from sayso.sources.conversations._protocol import Layout, Row, Written

__all__ = ["Conversations"]

LICENSE = "license"
"""The one key that is read whatever the layout is: what is made of a row has its license."""


@dataclass(kw_only=True)
class Conversations:
    """The source. After a walk, `not_carried` counts the rows of every key that was not read."""

    path: Path
    format: str = "auto"
    images: Path | None = None
    split: str = ""
    dataset: str | None = None
    not_carried: Counter[str] = field(default_factory=Counter)

    def detect(self) -> Detection:
        """What the file is.

        Raises:
            DataError: it cannot be read, no format fits, or more than one does.
        """
        return detect(self.path, format=self.format, dataset=self.dataset)

    def items(self) -> Iterator[AnnotatedItem | BadRow]:
        """One item a conversation, in file order; a second row of one id gets the id with its number.

        Raises:
            DataError: the file cannot be read, no format fits, or more than one does.
        """
        found = self.detect()
        self.not_carried.clear()
        seen: set[str] = set()
        for path, layout in found.layout.tables(found.path, found.rows):
            root = self.images or (path if path.is_dir() else path.parent)
            for number, (place, row) in enumerate(read_any(path, split=self.split or "train")):
                if isinstance(row, BadRow):
                    yield row
                    continue
                fallback = "-".join(part for part in (path.stem, self.split, str(number)) if part)
                yield self._item(row, layout=layout, place=place, root=root, names=(fallback, seen))

    def written(self) -> Iterator[tuple[str, Written] | BadRow]:
        """Every conversation as its file has it, with its id or place; no picture is looked for.

        Raises:
            DataError: the file cannot be read, no format fits, or more than one does.
        """
        found = self.detect()
        for path, layout in found.layout.tables(found.path, found.rows):
            for place, row in read_any(path, split=self.split or "train"):
                if isinstance(row, BadRow):
                    yield row
                    continue
                try:
                    written = layout.read(row)
                except DataError as error:
                    yield BadRow(place=place, reason=str(error))
                    continue
                yield written.name or place, written

    def _item(
        self, row: Row, *, layout: Layout, place: str, root: Path, names: tuple[str, set[str]]
    ) -> AnnotatedItem | BadRow:
        self.not_carried.update(
            key
            for key, value in row.items()
            if key not in layout.keys and key != LICENSE and value not in (None, "", [], {})
        )
        fallback, seen = names
        try:
            written = layout.read(row)
            own = f"{self.split}-{written.name}" if self.split and written.name else written.name
            name = _new_name(own or fallback, fallback=fallback, seen=seen)
            item = make_item(written, name=name, root=root, split=self.split)
            license = row.get(LICENSE)
            item = structs.replace(item, license=license.strip()) if isinstance(license, str) else item
        except DataError as error:
            return BadRow(place=place, reason=str(error))
        seen.add(name)
        return item


def _new_name(name: str, *, fallback: str, seen: set[str]) -> str:
    """The name, with the row's number where another row has it already: published files repeat ids."""
    while name in seen:
        name = f"{name}~{fallback.rpartition('-')[2]}"
    return name
