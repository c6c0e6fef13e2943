"""JSON lines, one typed row at a time: a bad line is told with `file:line`, and the next one is read."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from sayso.errors import DataError
from sayso.sources._protocol import BadRow

__all__ = ["read_file", "read_rows"]

R = TypeVar("R", bound=msgspec.Struct)


def read_rows(path: Path, row: type[R]) -> Iterator[tuple[str, R | BadRow]]:
    """`(file:line, row)` for every line that is not blank; memory does not grow with the file.

    Raises:
        DataError: the file is missing or cannot be read.
    """
    decoder = msgspec.json.Decoder(row)
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    place = f"{path}:{number}"
                    yield place, _decode(decoder, line, place, row)
    except OSError as error:
        raise DataError(_unreadable(path, error)) from error


def read_file(path: Path) -> bytes:
    """The whole file.

    Raises:
        DataError: the file is missing or cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(_unreadable(path, error)) from error


def _decode(decoder: msgspec.json.Decoder[Any], line: bytes, place: str, row: type[R]) -> R | BadRow:
    try:
        decoded: R = decoder.decode(line)
        return decoded
    except msgspec.ValidationError as error:
        return BadRow(place=place, reason=f"{error}{_advise(str(error), row)}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return BadRow(place=place, reason=f"not one JSON object on one line ({error}); correct or remove the line")


def _advise(problem: str, row: type[msgspec.Struct]) -> str:
    if "unknown field" in problem and problem.count("$.") == 0:
        return f"; known keys: {', '.join(row.__struct_encode_fields__)}"
    return "; correct the value or remove the line"


def _unreadable(path: Path, error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return f"file {path} does not exist; check the path in the recipe's `sources`"
    return f"file {path} cannot be read ({error.strerror or error}); check the path in the recipe's `sources`"
