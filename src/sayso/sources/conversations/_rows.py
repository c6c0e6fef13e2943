"""Values of a row, taken with their type checked; what is wrong is told with the value."""

from collections.abc import Iterator
from typing import Any

from sayso.errors import DataError
from sayso.sources.conversations._protocol import Picture, Piece, Role, Row

__all__ = ["filled", "IMAGE", "listed", "one_file", "pictures", "split_marks", "text_of", "turn_role"]

IMAGE = "<image>"
SHOWN = 60
OTHER_MEDIA = ("videos", "audios", "video", "audio")


def filled(row: Row, *keys: str) -> bool:
    """Whether every key is there with a value."""
    return all(row.get(key) not in (None, "", [], {}) for key in keys)


def text_of(row: Row, key: str, *, default: str | None = None) -> str:
    """The text under `key`; `default` where it is missing or null.

    Raises:
        DataError: it is missing without a default, or no text.
    """
    value = row.get(key)
    if value is None and default is not None:
        return default
    if not isinstance(value, str):
        raise DataError(f"`{key}` is {_short(value)}; give text")
    return value


def listed(row: Row, key: str) -> list[Any]:
    """The list under `key`, empty where it is missing or null.

    Raises:
        DataError: it is no list.
    """
    value = row.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise DataError(f"`{key}` is {_short(value)}; give a list")
    return value


def pictures(row: Row, key: str) -> list[Picture]:
    """The pictures under `key`: one or a list, each a file's name, {"path"} or {"bytes"}.

    Raises:
        DataError: something else, or the row has other media.
    """
    if others := [name for name in OTHER_MEDIA if filled(row, name)]:
        raise DataError(f"the row has `{others[0]}`; only pictures can be read, leave it out")
    value = row.get(key)
    return [_picture(one, key) for one in (value if isinstance(value, list) else [value]) if one not in (None, "")]


def _picture(value: Any, key: str) -> Picture:
    if isinstance(value, dict):
        value = value.get("bytes") or value.get("path") or value.get("url")
    if isinstance(value, str) and value.startswith(("http://", "https://", "data:")):
        raise DataError(f"`{key}` names {_short(value)}; nothing is fetched, save the picture as a file and name that")
    if not isinstance(value, str | bytes):
        raise DataError(f"`{key}` holds {_short(value)}; give names of picture files")
    return Picture(value)


def split_marks(text: str, given: Iterator[Picture]) -> Iterator[Piece]:
    """Text and pictures in order; one line break after a picture belongs to the picture.

    Raises:
        DataError: there are more marks than pictures.
    """
    for number, piece in enumerate(text.split(IMAGE)):
        if number:
            picture = next(given, None)
            if picture is None:
                raise DataError(f"more {IMAGE} marks in the text than pictures; each picture stands once")
            yield picture
            piece = piece.removeprefix("\n")
        if piece:
            yield piece


def one_file(marks: int, *, given: int) -> None:
    """Refuse a row whose marks and pictures differ in number.

    Raises:
        DataError: they do.
    """
    if marks != given:
        raise DataError(f"{marks} times {IMAGE} in the text, but {given} pictures; each picture stands once")


def turn_role(name: Any, known: dict[str, Role]) -> Role:
    """The role that the word `name` of a tool stands for.

    Raises:
        DataError: none; calls of tools say so.
    """
    if isinstance(name, str) and name in known:
        return known[name]
    if name in ("function_call", "observation", "tool", "function", "tool_call", "tool_response", "ipython"):
        raise DataError(
            f"a turn is from {name!r}: calls of tools are not carried over, since no image model here has tools"
        )
    raise DataError(f"a turn is from {name!r}; known: {', '.join(known)}")


def _short(value: Any) -> str:
    text = f"{type(value).__name__} {value!r}" if value is not None else "missing"
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
