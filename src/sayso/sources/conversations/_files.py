"""Rows of a file, whatever holds them: a JSON list, JSON lines, one JSON object, Parquet, or a folder of `save_to_disk`.

Told apart by their first bytes, never by their name. JSON lines and Parquet are read a few rows at a time.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from sayso.errors import DataError
from sayso.sources._files import read_file
from sayso.sources._protocol import BadRow
from sayso.sources._tables import open_table

__all__ = ["candidates", "is_saved", "read_any"]

HEAD_BYTES = 65536
ENDINGS = (".json", ".jsonl", ".ndjson", ".parquet")
MAX_ENTRIES = 2000
"""Files of a folder that are looked at, so that a huge folder does not hold anybody up."""
REGISTER = "dataset_info.json"


def is_saved(folder: Path) -> bool:
    """Whether `folder` was written by `save_to_disk` of the library datasets."""
    return any((folder / mark).is_file() for mark in ("state.json", "dataset_dict.json"))


def candidates(path: Path) -> list[Path]:
    """The files that may hold rows: `path` itself, or those of the folder; LLaMA-Factory's register stands for all of a folder.

    Raises:
        DataError: nothing is there, or nothing that may hold rows.
    """
    if path.is_file() or (path.is_dir() and is_saved(path)):
        return [path]
    if not path.is_dir():
        raise DataError(f"{path} does not exist; name a file of conversations or a folder that holds one")
    if (path / REGISTER).is_file():
        return [path / REGISTER]
    found = []
    for number, entry in enumerate(path.iterdir()):
        if number >= MAX_ENTRIES:
            break
        if entry.suffix.lower() in ENDINGS and entry.is_file():
            found.append(entry)
    if not found:
        raise DataError(f"{path} holds no {', '.join(ENDINGS)} file; name a file of conversations")
    return sorted(found)


def read_any(path: Path, *, split: str = "train") -> Iterator[tuple[str, dict[str, Any] | BadRow]]:
    """`(place, row)` for every row; what is no JSON object is a BadRow.

    Raises:
        DataError: the file cannot be read, or is neither JSON nor Parquet.
    """
    if path.is_dir():
        yield from _read_table(path, split)
        return
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror or error}); check the path") from error
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if head[:4] == b"PAR1":
        yield from _read_table(path, split)
    elif text[:1] == b"[":
        yield from _read_list(path)
    elif text[:1] == b"{":
        yield from _read_objects(path, head=text)
    else:
        raise DataError(f"{path} begins with {head[:16]!r}; give JSON, JSON lines or Parquet")


def _read_table(path: Path, split: str) -> Iterator[tuple[str, dict[str, Any] | BadRow]]:
    for number, row in enumerate(open_table(str(path), split=split, config=None).rows()):
        yield f"{path}:row {number}", row


def _read_list(path: Path) -> Iterator[tuple[str, dict[str, Any] | BadRow]]:
    try:
        rows = msgspec.json.decode(_content(path), type=list[msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise DataError(f"{path} is not a JSON list ({error}); correct the file") from error
    for number, raw in enumerate(rows):
        yield _decode(f"{path}:row {number}", bytes(raw))


def _read_objects(path: Path, *, head: bytes) -> Iterator[tuple[str, dict[str, Any] | BadRow]]:
    """JSON lines, or one object over many lines: then the first line alone is no JSON."""
    first = head.split(b"\n", 1)[0]
    if isinstance(_decode("", first)[1], BadRow) and len(first) < HEAD_BYTES - 1 and first.strip() in (b"{",):
        yield _decode(f"{path}:1", _content(path))
        return
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield _decode(f"{path}:{number}", line.removeprefix(b"\xef\xbb\xbf"))


def _content(path: Path) -> bytes:
    return read_file(path).removeprefix(b"\xef\xbb\xbf")


def _decode(place: str, text: bytes) -> tuple[str, dict[str, Any] | BadRow]:
    try:
        row = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return place, BadRow(place=place, reason=f"not one JSON object ({error}); correct or remove it")
    if isinstance(row, dict):
        return place, row
    return place, BadRow(
        place=place, reason=f"{type(row).__name__} {str(row)[:40]!r} is no JSON object; correct or remove it"
    )
