"""From published rows to examples: what most suites do alike.

A suite gives a function from one row to one example. What is wrong with a row it says by raising a DataError, and that it does not belong by raising
`NotAskedError`; both cost the row alone. Pictures are named as the publishers name them, and are files in one of the user's folders or bytes in the row.
"""

import base64
import binascii
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from sayso.errors import DataError
from sayso.evaluate.suites._protocol import NO_PICTURE, Files, LeftOut
from sayso.records import Example, Media
from sayso.sources import BadRow
from sayso.sources._files import read_any, read_csv
from sayso.sources._media import probe_bytes

__all__ = ["data_files", "each", "embedded", "NotAskedError", "picture", "read_table", "said", "yes_or_no"]

R = TypeVar("R")
TABLES = {".csv", ".tsv"}
MAX_CELL = 1 << 27  # a picture in base64


class NotAskedError(DataError):
    """A row that is fine and is not asked; the message says why."""


def each(rows: Iterable[tuple[str, R | BadRow]], make: Callable[[R, str], Example]) -> Iterator[Example | BadRow]:
    """The example that `make` gives for each row and its place, or why there is none."""
    for place, row in rows:
        try:
            yield row if isinstance(row, BadRow) else make(row, place)
        except NotAskedError as error:
            yield LeftOut(place=place, reason=str(error))
        except DataError as error:
            yield BadRow(place=place, reason=str(error))


def picture(files: Files, *names: str) -> Media:
    """The first of these names that is there.

    Raises:
        NotAskedError: none is.
        DataError: it is no picture, or it has no name.
    """
    if not names or not names[0].strip():
        raise DataError(f"the row names the picture {names}; correct or remove it")
    found = files.picture(*names)
    if found is None:
        raise NotAskedError(NO_PICTURE)
    return found


def embedded(value: object, *, name: str) -> Media:
    """The picture in a cell: bytes, a mapping with `bytes`, or base64.

    Raises:
        DataError: it is none of these.
    """
    data = value.get("bytes") if isinstance(value, Mapping) else value
    if isinstance(data, str):
        try:
            data = base64.b64decode(data, validate=True)
        except (binascii.Error, ValueError) as error:
            raise DataError(
                f"the picture of {name} is no base64 ({error}); take the file as it was published"
            ) from error
    if not isinstance(data, bytes) or not data:
        raise DataError(f"{name} has no picture in its row; take the file as it was published")
    return probe_bytes(data, name=f"the picture of {name}")


def data_files(files: Files, *endings: str) -> list[Path]:
    """The file itself, or the files of a folder with these endings, by name.

    Raises:
        DataError: there is none.
    """
    if not files.data.is_dir():
        return [files.data]
    found = sorted(path for path in files.data.rglob("*") if path.suffix.lower() in endings and path.is_file())
    if not found:
        raise DataError(f"{files.data} has no file that ends in {' or '.join(endings)}; name the file or its folder")
    return found


def read_table(path: Path, row: type[R]) -> Iterator[tuple[str, R | BadRow]]:
    """Rows of CSV, TSV, Parquet or JSON as `row`; cells that are missing are left out."""
    if path.suffix.lower() in TABLES:
        yield from read_csv(path, row, max_cell=MAX_CELL)
        return
    for place, cells in read_any(path, split="test"):
        yield place, cells if isinstance(cells, BadRow) else _convert(cells, row, place)


def _convert(cells: Mapping[str, Any], row: type[R], place: str) -> R | BadRow:
    given = {key: value for key, value in cells.items() if value is not None and value == value}  # NaN is no value
    try:
        return msgspec.convert(given, row, strict=False)
    except msgspec.ValidationError as error:
        return BadRow(place=place, reason=f"{error}; correct the value or remove the row")


def said(text: str, *, what: str) -> str:
    """The text without space around it.

    Raises:
        DataError: it is blank.
    """
    if not text.strip():
        raise DataError(f"{what} {text!r} is blank; correct or remove the row")
    return text.strip()


def yes_or_no(label: object) -> str:
    """A gold label as `yes` or `no`; 1, true and their like are yes.

    Raises:
        DataError: it is neither.
    """
    text = str(label).strip().rstrip(".").lower()
    if text not in (known := {"yes": "yes", "no": "no", "1": "yes", "0": "no", "true": "yes", "false": "no"}):
        raise DataError(f"label {label!r} is neither yes nor no; correct or remove the row")
    return known[text]
