"""Files of annotations in whatever shape they were published, one typed row at a time.

A file is known by what stands in it, not by its ending: a JSON array, JSON lines, objects written one after the other over
several lines, an object with the list under a key, an object from ids to rows, a table with a header. Each row is decoded
on its own, so that a bad one is bad alone, told with the file and its line, position or id. What is wrong with a whole
file (missing, cut off, no JSON at all) is a DataError.

Lines and tables are read as they come. Other JSON is held once as bytes, its rows being views of these until they are
decoded.

What Python and pandas write and strict JSON forbids is read as it is meant: NaN and Infinity as nothing, bare control
characters as themselves, a number in quotes as a number, null as a key that is missing.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, TypeAlias, TypeVar

import msgspec

from sayso.errors import DataError
from sayso.sources._protocol import BadRow
from sayso.sources._tables import is_saved, open_table

__all__ = [
    "decode_each", "decode_one", "FAILURES", "read_any", "read_csv", "read_entries", "read_file", "read_head", "read_lines", "read_raw", "read_rows",
    "read_whole",
]  # fmt: skip

R = TypeVar("R")
K = TypeVar("K")
Located: TypeAlias = tuple[str, msgspec.Raw | bytes]
MARK = b"\xef\xbb\xbf"  # byte order mark, which some Windows programs write
FAILURES = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding JSON may raise."""
COMPRESSED = {b"\x1f\x8b": "gunzip", b"PK\x03\x04": "unzip", b"BZh": "bunzip2", b"\xfd7zXZ": "unxz"}
DELIMITERS = ("\t", ",", ";", "|")
HEAD_BYTES = 65536
MAX_CELL = 131_072
"""Most characters in a cell of a table, where no caller says that pictures are in it."""
ADVICE = "; correct the value or remove the row"


def read_rows(path: Path, row: type[R], *, under: str = "") -> Iterator[tuple[str, R | BadRow]]:
    """`(place, row)` for every row of an array, of lines, of objects in sequence, or of the list at `under`.

    `under` is the way to the list in a file that is one object, as `annotations` or `data.dialogs`; a file that is
    a bare list or lines is read as well. Without it such a file is one row.

    Raises:
        DataError: the file is missing, is no JSON, is cut off, or has nothing at `under`.
    """
    if _has_lines(path, under):
        yield from read_lines(path, row)
        return
    decoder = msgspec.json.Decoder(row)
    for place, raw in _list_of(path, _read_json(path), under):
        yield place, _decode(decoder, raw, place)


def read_entries(path: Path, row: type[R], *, under: str = "") -> Iterator[tuple[str, str, R | BadRow]]:
    """`(place, id, row)` for every entry of a file that is one object from ids to rows, perhaps at `under`.

    Raises:
        DataError: the file is missing, is no JSON, is cut off, or is no such object.
    """
    decoder = msgspec.json.Decoder(row)
    data = _read_json(path)
    for key, raw in _parse(path, _at(path, data, under), dict[str, msgspec.Raw]).items():
        place = f"{path}: {under + '.' if under else ''}{key}"
        yield place, key, _decode(decoder, raw, place)


def read_lines(path: Path, row: type[R]) -> Iterator[tuple[str, R | BadRow]]:
    """`(file:line, row)` for every line that is not blank; memory does not grow with the file.

    Raises:
        DataError: the file is missing or cannot be read.
    """
    decoder = msgspec.json.Decoder(row)
    with _opened(path) as lines:
        for number, line in enumerate(lines, start=1):
            if (text := line.removeprefix(MARK) if number == 1 else line).strip():
                place = f"{path}:{number}"
                yield place, _decode(decoder, text, place)


def read_csv(path: Path, row: type[R], *, max_cell: int = MAX_CELL) -> Iterator[tuple[str, R | BadRow]]:
    """`(file:line, row)` for every row of a table with a header, parted by tabs, commas, semicolons or bars.

    Texts are converted to the row's types; a row with more or fewer cells than the header is a bad one, as is
    one with a cell of more than `max_cell` characters.

    Raises:
        DataError: the file is missing, is no text or is not in UTF-8.
    """
    delimiter = _delimiter(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines, delimiter=delimiter, strict=True)
            for cells in _cells(reader, most=max_cell):
                place = f"{path}:{reader.line_num}"
                yield (
                    place,
                    BadRow(place=place, reason=cells) if isinstance(cells, str) else _convert(cells, row, place),
                )
    except OSError as error:
        raise DataError(_unreadable(path, error)) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} is no table in UTF-8 ({error}); save it again as CSV in UTF-8") from error


def read_any(path: Path, *, split: str = "train") -> Iterator[tuple[str, dict[str, Any] | BadRow]]:
    """`(place, row)` of JSON in any shape, Parquet, or a folder of `save_to_disk`, told by what is in it.

    `split` is that of a saved folder which has several.

    Raises:
        DataError: the file is missing, unreadable or none of these.
    """
    if is_saved(path) or read_head(path).startswith(b"PAR1"):
        for number, row in enumerate(open_table(str(path), split=split, config=None).rows()):
            yield f"{path}: row {number}", row
        return
    yield from read_rows(path, dict[str, Any])


def read_raw(path: Path) -> Iterator[tuple[str, bytes]]:
    """`(place, text)` for every row that `read_rows` reads of JSON in any shape, bad ones too, as it stands in the file without white space around it.

    A whole file that only Python reads, with NaN or bare control characters, is read as `read_rows` reads it.

    Raises:
        DataError: the file is missing, is no JSON or is cut off.
    """
    if _has_lines(path, ""):
        with _opened(path) as lines:
            for number, line in enumerate(lines, start=1):
                if text := (line.removeprefix(MARK) if number == 1 else line).strip():
                    yield f"{path}:{number}", text
        return
    for place, raw in _list_of(path, _read_json(path), ""):
        yield place, bytes(raw).strip()


def read_whole(path: Path, kind: type[K]) -> K:
    """The file as one value; let long lists in it be of `msgspec.Raw`, to decode their rows one by one.

    Raises:
        DataError: the file is missing, is no JSON, or has another shape.
    """
    return _parse(path, _read_json(path), kind)


def read_file(path: Path) -> bytes:
    """The whole file.

    Raises:
        DataError: the file is missing or cannot be read.
    """
    with _opened(path) as file:
        return file.read()


def read_head(path: Path) -> bytes:
    """The first HEAD_BYTES, by which a file is told.

    Raises:
        DataError: the file is missing or cannot be read.
    """
    with _opened(path) as file:
        return file.read(HEAD_BYTES)


def decode_each(raws: Iterable[msgspec.Raw | bytes], row: type[R], *, place: str) -> Iterator[tuple[str, R | BadRow]]:
    """`(place number, row)` for the entries of a list that were left raw."""
    decoder = msgspec.json.Decoder(row)
    for number, raw in enumerate(raws):
        yield (spot := f"{place} {number}"), _decode(decoder, raw, spot)


def decode_one(raw: msgspec.Raw | bytes, row: type[R]) -> R:
    """One raw entry.

    Raises:
        FAILURES: it is not JSON, or has another shape.
    """
    found: R = _decode_or_raise(msgspec.json.Decoder(row), raw)
    return found


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """The file in bytes; a DataError where it cannot be read or is packed."""
    try:
        with path.open("rb") as file:
            head = file.read(8)
            for mark, tool in COMPRESSED.items():
                if head.startswith(mark):
                    raise DataError(f"{path} is compressed; type: {tool} {path.name}, and name the file that comes out")
            file.seek(0)
            yield file
    except OSError as error:
        raise DataError(_unreadable(path, error)) from error


def _read_json(path: Path) -> bytes:
    """The file's bytes, as strict JSON if it is one JSON value at all."""
    data = read_file(path)
    data = data[len(MARK) :] if data.startswith(MARK) else data
    try:
        msgspec.json.decode(data, type=msgspec.Raw)
    except FAILURES:
        return _to_strict(data) or data
    return data


def _to_strict(data: msgspec.Raw | bytes) -> bytes | None:
    """The JSON value that Python reads in `data`, NaN and Infinity being null; None where it reads none."""
    try:
        return msgspec.json.encode(json.loads(bytes(data), strict=False))
    except (ValueError, RecursionError, OverflowError):
        return None


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(one) for key, one in value.items() if one is not None}
    return [_without_nulls(one) for one in value] if isinstance(value, list) else value


def _first_line(path: Path) -> bytes:
    """The first line that is not blank, without space around it."""
    with _opened(path) as lines:
        return next((text for line in lines if (text := line.removeprefix(MARK).strip())), b"")


def _is_object(text: bytes) -> bool:
    try:
        decode_one(text, dict[str, msgspec.Raw])
    except FAILURES:
        return False
    return True


def _most_are_objects(data: bytes) -> bool:
    """Whether these are lines of which some are bad."""
    lines = [line.startswith(b"{") and _is_object(line) for line in io.BytesIO(data) if line.strip()]
    return 2 * sum(lines) > len(lines)


def _has_lines(path: Path, under: str) -> bool:
    """Whether the first line is an object of its own, and not the whole file with its list at `under`."""
    first = _first_line(path)
    if first == b"{}" or not _is_object(first):
        return False
    return not under or under.partition(".")[0] not in decode_one(first, dict[str, msgspec.Raw])


def _list_of(path: Path, data: bytes, under: str) -> Iterator[Located]:
    if (is_list := data.lstrip()[:1] == b"[") and not _most_are_objects(data):
        under = ""
    elif is_list or not _is_object(data):
        yield from _in_sequence(path, data)
        return
    elif not under:
        yield str(path), data
        return
    name = under or "row"
    for position, raw in enumerate(_parse(path, _at(path, data, under), list[msgspec.Raw])):
        yield f"{path}: {name} {position}", raw


def _at(path: Path, data: bytes, under: str) -> msgspec.Raw | bytes:
    found: msgspec.Raw | bytes = data
    for key in under.split(".") if under else ():
        entries = _parse(path, found, dict[str, msgspec.Raw])
        if key not in entries:
            known = ", ".join(list(entries)[:10])
            raise DataError(f"{path} has no {key!r} (its keys: {known or 'none'}); give the file as it was published")
        found = entries[key]
    return found


def _in_sequence(path: Path, data: bytes) -> list[Located]:
    """Lines of which the first is bad, or objects one after the other, each ending in a line that begins with a brace."""
    lines = [(f"{path}:{n}", line) for n, line in enumerate(io.BytesIO(data), start=1) if line.strip()]
    if _most_are_objects(data):
        return list(lines)
    found: list[Located] = []
    open_since, parts = "", list[bytes]()
    for place, line in lines:
        open_since = open_since if parts else place
        parts.append(line)
        if line.startswith(b"}") or (len(parts) == 1 and _is_object(line)):
            found.append((open_since, b"".join(parts)))
            parts.clear()
    if parts or not any(_is_object(text) for _, text in found):
        _parse(path, data, dict[str, msgspec.Raw])  # says where it breaks
    return found


def _parse(path: Path, data: msgspec.Raw | bytes, kind: type[K]) -> K:
    try:
        return decode_one(data, kind)
    except FAILURES as error:
        what = f"{path} is not the file it should be"
        raise DataError(f"{what} ({error}); give the JSON file that was published, whole and unchanged") from error


def _decode(decoder: msgspec.json.Decoder[Any], raw: msgspec.Raw | bytes, place: str) -> Any:
    try:
        return _decode_or_raise(decoder, raw)
    except msgspec.ValidationError as error:
        return BadRow(place=place, reason=f"{error}{_advise(str(error), decoder.type)}")
    except FAILURES as error:
        return BadRow(place=place, reason=f"not one JSON object ({error}); correct or remove the row")


def _decode_or_raise(decoder: msgspec.json.Decoder[Any], raw: msgspec.Raw | bytes) -> Any:
    """As it stands, else as it is meant; where it is neither, the error says what is wrong as it stands."""
    try:
        return decoder.decode(raw)
    except FAILURES:
        if (meant := _to_strict(raw)) is not None:
            with suppress(*FAILURES):
                return msgspec.json.decode(meant, type=decoder.type, strict=False)
            with suppress(*FAILURES):
                bare = msgspec.json.encode(_without_nulls(msgspec.json.decode(meant)))
                return msgspec.json.decode(bare, type=decoder.type, strict=False)
        raise


def _delimiter(path: Path) -> str:
    """What parts the cells of the first line."""
    first = read_head(path).removeprefix(MARK).lstrip().partition(b"\n")[0]
    if b"\0" in first or "\ufffd" in (text := first.decode(errors="replace")):
        raise DataError(f"{path} begins with {first[:16]!r}; give JSON, JSON lines, CSV or TSV in UTF-8")
    return max(DELIMITERS, key=text.count)


def _cells(reader: "csv.DictReader[str]", *, most: int) -> Iterator[dict[str, str] | str]:
    """Each row's cells by column, or what is wrong with the row."""
    width = len(reader.fieldnames or ())
    while True:
        csv.field_size_limit(most)  # one for all readers of a process
        try:
            cells: dict[Any, Any] | None = next(reader, None)
        except csv.Error as error:
            yield f"no row of CSV: {error}; correct or remove the line"
            continue
        if cells is None:
            return
        if None in cells or None in cells.values():
            yield f"not as many cells as the {width} columns; correct or remove the line"
        else:
            yield cells


def _convert(cells: dict[str, str], row: type[R], place: str) -> R | BadRow:
    try:
        return msgspec.convert(cells, row, strict=False)
    except (msgspec.ValidationError, RecursionError) as error:
        return BadRow(place=place, reason=f"{error}{ADVICE}")


def _advise(problem: str, row: Any) -> str:
    if "unknown field" in problem and problem.count("$.") == 0:
        return f"; known keys: {', '.join(row.__struct_encode_fields__)}"
    return ADVICE


def _unreadable(path: Path, error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return f"file {path} does not exist; check the path"
    if isinstance(error, IsADirectoryError):
        return f"{path} is a folder; name a file in it"
    return f"file {path} cannot be read ({error.strerror or error}); check the path"
