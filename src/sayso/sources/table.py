"""A table of pictures and texts: a JSON list, JSON lines, CSV or TSV, through a map of its columns.

    {name: table, path: trainset.json, images: pictures, columns: {image: image_name, question: question, answer: answer}}

The map is that of the source `hf`, which reads Parquet and data set folders: our names to theirs; what is not mapped is not read.
What the file is made of is told by its first bytes, and the delimiter of a CSV file by its first line.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from sayso.errors import ConfigError, DataError, did_you_mean
from sayso.records import AnnotatedItem
from sayso.sources._assemble import without_repeats
from sayso.sources._files import read_any, read_csv, read_head
from sayso.sources._media import probe_image
from sayso.sources._protocol import BadRow, Source, sources
from sayso.sources._rows import ItemRow, make_item
from sayso.sources.hf import arrange, check_columns, pictures_of

__all__ = ["read_table", "Table", "table"]

MAX_CLASSES = 200
TRUTHS = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}


@sources.register("table")
def table(*, path: str, columns: dict[str, str], images: str | None = None, split: str = "") -> Source:
    """Rows of a JSON or CSV file.

    Args:
        path: the file.
        columns: our name -> name of the column there.
        images: folder of the pictures, by default that of the file. No picture may lie outside it.
        split: what `AnnotatedItem.split` says.

    Raises:
        ConfigError: `columns` is empty or maps a name that is not ours.
    """
    check_columns(columns, source="table", path=path)
    file = Path(path)
    return Table(path=file, columns=columns, images=Path(images) if images else file.parent, split=split)


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """The source: a file, the map of its columns, and the folder of its pictures."""

    path: Path
    columns: Mapping[str, str]
    images: Path
    split: str = ""

    def items(self) -> Iterator[AnnotatedItem | BadRow]:
        """One item a row; a row without one of the mapped columns is a bad one.

        Raises:
            DataError: the file is missing or unreadable.
        """
        classes = self._classes()
        yield from without_repeats(
            (place, row if isinstance(row, BadRow) else self._item(row, number, place, classes=classes))
            for number, (place, row) in enumerate(read_table(self.path))
        )

    def _classes(self) -> tuple[str, ...]:
        """The labels of the file where they are classes of pictures and few enough to choose from."""
        if "label" not in self.columns or self.columns.keys() & {"statement", "question"}:
            return ()
        rows = (row.get(self.columns["label"]) for _, row in read_table(self.path) if not isinstance(row, BadRow))
        found = {str(label) for label in rows if label is not None and str(label).strip()}
        return tuple(sorted(found)) if len(found) <= MAX_CLASSES else ()

    def _item(
        self, row: Mapping[str, Any], number: int, place: str, *, classes: tuple[str, ...]
    ) -> AnnotatedItem | BadRow:
        try:
            if missing := [theirs for theirs in self.columns.values() if theirs not in row]:
                raise DataError(f"no column {missing[0]!r}{did_you_mean(missing[0], list(row))}")
            values = {ours: row[theirs] for ours, theirs in self.columns.items()}
            if (
                "statement" in values and str(values.get("label")).strip().lower() in TRUTHS
            ):  # CSV has no other types than text
                values["label"] = TRUTHS[str(values["label"]).strip().lower()]
            media = tuple(probe_image(Path(str(one)), root=self.images) for one in pictures_of(values))
            name = "-".join(part for part in (self.path.stem, self.split, str(number)) if part)
            arranged = msgspec.convert(arrange(values, classes=classes), ItemRow)
            return make_item(arranged, source="table", name=name, media=media, split=self.split, root=self.images)
        except (DataError, ConfigError, msgspec.ValidationError) as error:
            return BadRow(place=place, reason=str(error))


def read_table(path: Path) -> Iterator[tuple[str, dict[str, Any] | BadRow]]:
    """`(place, row)` of a JSON list, JSON lines, Parquet, CSV or TSV file, told by its first bytes.

    Raises:
        DataError: the file is missing, unreadable or none of these.
    """
    head = read_head(path)
    if head.startswith(b"PAR1") or head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"[", b"{"):
        return read_any(path)
    return read_csv(path, dict[str, Any])
