"""Files of annotations in whatever shape they were published, one typed row at a time.

A file is known by what stands in it, not by its ending: a JSON array, JSON lines, objects written one after the other over
several lines, an object with the list under a key, an object from ids to rows, a table with a header. Each row is decoded
on its own, so that a bad one is bad alone, told with the file and its line, position or id. What is wrong with a whole
file (missing, cut off, no JSON at all) is a DataError.

Lines and tables are read as they come. Other JSON is held once as bytes, its rows being views of these until they are
decoded.
"""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import msgspec

from sayso.errors import DataError
from sayso.sources._protocol import BadRow

__all__ = ["read_entries", "read_file", "read_lines", "read_rows", "read_table", "read_whole"]

R = TypeVar("R", bound=msgspec.Struct)
K = TypeVar("K")
Located: TypeAlias = tuple[str, msgspec.Raw | bytes]
MARK = b"\xef\xbb\xbf"  # byte order mark, which some Windows programs write
FAILURES = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
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
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                if (text := line.removeprefix(MARK) if number == 1 else line).strip():
                    place = f"{path}:{number}"
                    yield place, _decode(decoder, text, place)
    except OSError as error:
        raise DataError(_unreadable(path, error)) from error


def read_table(path: Path, row: type[R]) -> Iterator[tuple[str, R | BadRow]]:
    """`(file:line, row)` for every row of a CSV or TSV file with a header; texts are converted to the row's types.

    Raises:
        DataError: the file is missing or is not in UTF-8.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            delimiter = "\t" if "\t" in lines.readline() else ","
            lines.seek(0)
            reader = csv.DictReader(lines, delimiter=delimiter)
            cells: dict[str | None, Any]
            for cells in reader:
                place = f"{path}:{reader.line_num}"
                yield place, _convert(cells, row, place)
    except OSError as error:
        raise DataError(_unreadable(path, error)) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} is no table in UTF-8 ({error}); save it again as CSV") from error


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
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(_unreadable(path, error)) from error


def _read_json(path: Path) -> bytes:
    data = read_file(path)
    return data[len(MARK) :] if data.startswith(MARK) else data


def _first_line(path: Path) -> bytes:
    """The first line that is not blank, without space around it."""
    try:
        with path.open("rb") as lines:
            return next((text for line in lines if (text := line.removeprefix(MARK).strip())), b"")
    except OSError as error:
        raise DataError(_unreadable(path, error)) from error


def _is_object(text: bytes) -> bool:
    try:
        msgspec.json.decode(text, type=dict[str, msgspec.Raw])
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
    return not under or under.partition(".")[0] not in msgspec.json.decode(first, type=dict[str, msgspec.Raw])


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
        return msgspec.json.decode(data, type=kind)
    except FAILURES as error:
        what = f"{path} is not the file it should be"
        raise DataError(f"{what} ({error}); give the JSON file that was published, whole and unchanged") from error


def _decode(decoder: msgspec.json.Decoder[Any], raw: msgspec.Raw | bytes, place: str) -> Any:
    try:
        return decoder.decode(raw)
    except msgspec.ValidationError as error:
        return BadRow(place=place, reason=f"{error}{_advise(str(error), decoder.type)}")
    except FAILURES as error:
        return BadRow(place=place, reason=f"not one JSON object ({error}); correct or remove the row")


def _convert(cells: dict[str | None, Any], row: type[R], place: str) -> R | BadRow:
    try:
        return msgspec.convert(
            {name: text for name, text in cells.items() if name is not None and text is not None}, row, strict=False
        )
    except (msgspec.ValidationError, RecursionError) as error:
        return BadRow(place=place, reason=f"{error}{ADVICE}")


def _advise(problem: str, row: type[msgspec.Struct]) -> str:
    if "unknown field" in problem and problem.count("$.") == 0:
        return f"; known keys: {', '.join(row.__struct_encode_fields__)}"
    return ADVICE


def _unreadable(path: Path, error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return f"file {path} does not exist; check the path in the recipe's `sources`"
    return f"file {path} cannot be read ({error.strerror or error}); check the path in the recipe's `sources`"
