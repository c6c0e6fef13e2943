"""A look into a file: what it is made of and its first rows, within bounds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from sayso.errors import SaysoError
from sayso.sources import BadRow
from sayso.sources._files import read_whole
from sayso.sources.table import read_table

__all__ = ["Peek", "peek"]

MAX_BYTES = 512 * 1024 * 1024
"""Largest JSON file that is decoded to see what it is."""
MAX_TEXT = 1024 * 1024
HEAD_ROWS = 50
TABLES = (".json", ".jsonl", ".ndjson", ".parquet", ".csv", ".tsv")
TEXTS = (".yaml", ".yml", ".sh")


@dataclass(frozen=True, kw_only=True)
class Peek:
    """The first rows of a table, or the keys of one JSON object (values not decoded), or the text of a small other file."""

    path: Path
    rows: tuple[Mapping[str, Any], ...] = ()
    entries: Mapping[str, msgspec.Raw] = field(default_factory=dict)
    text: str = ""
    problem: str = ""

    def entry(self, name: str) -> Any:
        """The value of one key of the object, or the first few entries where it is a list; None where there is none."""
        if name not in self.entries:
            return None
        try:
            return msgspec.json.decode(self.entries[name])
        except (msgspec.MsgspecError, RecursionError):
            return None

    def first(self, name: str) -> Mapping[str, Any]:
        """The first object of the list under `name`, empty where there is none."""
        try:
            listed = msgspec.json.decode(self.entries.get(name, msgspec.Raw(b"[]")), type=list[msgspec.Raw])
            found = msgspec.json.decode(listed[0]) if listed else {}
        except (msgspec.MsgspecError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


def peek(path: Path) -> Peek:
    """Look into `path`; what cannot be read says so in `problem`."""
    try:
        size = path.stat().st_size
        if size and path.suffix.lower() in TEXTS:
            return Peek(path=path, text=path.read_bytes()[:MAX_TEXT].decode("utf-8", errors="replace"))
        if not size or path.suffix.lower() not in TABLES:
            return Peek(path=path)
        if _is_object(path, size):
            return _object(path, size)
        return Peek(path=path, rows=_head(path))
    except (SaysoError, OSError, ValueError) as error:
        return Peek(path=path, problem=str(error))


def _is_object(path: Path, size: int) -> bool:
    """One JSON object rather than lines of them: the first line alone is not a whole one, or it is the only one."""
    with path.open("rb") as file:
        line = file.readline(MAX_TEXT).removeprefix(b"\xef\xbb\xbf").strip()
    if not line.startswith(b"{"):
        return False
    if len(line) + 3 >= size:
        return True
    try:
        msgspec.json.decode(line)
    except (msgspec.MsgspecError, RecursionError):
        return True
    return False


def _object(path: Path, size: int) -> Peek:
    if size > MAX_BYTES:
        return Peek(path=path, problem=f"{path} has {size // 2**20:,} MB and was not looked into")
    try:
        entries = read_whole(path, dict[str, msgspec.Raw])
        row = {key: msgspec.json.decode(one) for key, one in entries.items()} if size < MAX_TEXT else {}
    except (SaysoError, msgspec.MsgspecError, RecursionError):  # perhaps one object after the other
        return Peek(path=path, rows=_head(path))
    return Peek(path=path, entries=entries, rows=(row,) if row else ())


def _head(path: Path) -> tuple[Mapping[str, Any], ...]:
    return tuple(row for _, row in islice(read_table(path), HEAD_ROWS) if not isinstance(row, BadRow))
