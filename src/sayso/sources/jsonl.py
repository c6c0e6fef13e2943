"""Bring your own data: one JSON object a line, in the format of docs/formats.md.

    {"images": ["cat.jpg"], "objects": [{"label": "cat", "box": [12, 30, 200, 180]}], "captions": ["A cat on a sofa."]}

Read line by line, so that a file may be larger than memory. A line that is not JSON, has an unknown key, a wrong type or a
picture that cannot be read is a BadRow with `file:line`; the others are used.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sayso.errors import DataError
from sayso.records import AnnotatedItem
from sayso.sources._assemble import without_repeats
from sayso.sources._files import read_lines
from sayso.sources._media import probe_image
from sayso.sources._protocol import BadRow, Source, sources
from sayso.sources._rows import ItemRow, as_tuple, make_item

__all__ = ["Jsonl", "jsonl"]


@sources.register("jsonl")
def jsonl(*, path: str, root: str | None = None, split: str = "") -> Source:
    """Rows of a JSON-lines file.

    Args:
        path: the file.
        root: folder that holds the pictures; by default the folder of the file. No picture may lie outside it.
        split: what `AnnotatedItem.split` says where a row names none.
    """
    file = Path(path)
    return Jsonl(path=file, root=Path(root) if root is not None else file.parent, split=split)


@dataclass(frozen=True, kw_only=True, slots=True)
class Jsonl:
    """The source: one file and the folder of its pictures."""

    path: Path
    root: Path
    split: str = ""

    def items(self) -> Iterator[AnnotatedItem | BadRow]:
        """One item a line; blank lines are skipped.

        Raises:
            DataError: the file is missing.
        """
        rows = read_lines(self.path, ItemRow)
        yield from without_repeats(
            (place, row if isinstance(row, BadRow) else self._item(row, place)) for place, row in rows
        )

    def _item(self, row: ItemRow, place: str) -> AnnotatedItem | BadRow:
        name = f"{self.path.stem}-{place.rpartition(':')[2]}"
        try:
            media = tuple(probe_image(Path(image), root=self.root) for image in as_tuple(row.images))
            return make_item(row, source="jsonl", name=name, media=media, split=self.split, root=self.root)
        except DataError as error:
            return BadRow(place=place, reason=str(error))
