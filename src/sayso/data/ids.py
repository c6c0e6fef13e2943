"""Finds items that carry the same id, in memory that does not grow with their number.

An id names an item in every draw, split and prediction, so two items of one id would be one question twice, perhaps once in
training and once in a test. A build cannot keep millions of ids in memory: it appends a hash and the place of each to a file
and looks for equal hashes once, in the end, a share of them at a time.
"""

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import IO, TypeAlias

import numpy as np
import numpy.typing as npt

from sayso.config import SourceConfig
from sayso.data.walk import walk
from sayso.records import AnnotatedItem
from sayso.seeds import derive

__all__ = ["IdLog", "repeated_id"]

ENTRY = np.dtype([("hash", "<u8"), ("source", "<u4"), ("row", "<u8")])
ENTRIES_AT_ONCE = 1 << 19
Entries: TypeAlias = npt.NDArray[np.void]
Place: TypeAlias = tuple[int, int]
"""Number of the source and of the row in it, both from 0."""


class IdLog:
    """The ids of a walk at `path`, of which the first `size` bytes are kept from an earlier one."""

    def __init__(self, path: Path, *, size: int = 0) -> None:
        self._path = path
        self._file: IO[bytes] = path.open("ab")
        self._file.truncate(size)

    def add(self, name: str, *, source: int, row: int) -> None:
        """Note that row `row` of source number `source` is the item `name`."""
        entry = derive(name).to_bytes(8, "little") + source.to_bytes(4, "little") + row.to_bytes(8, "little")
        self._file.write(entry)

    def flush(self) -> int:
        """Everything is on disk; returns the number of bytes."""
        self._file.flush()
        os.fsync(self._file.fileno())
        return os.fstat(self._file.fileno()).st_size

    def close(self) -> None:
        """Close the file and leave it."""
        self._file.close()

    def repeated(self) -> tuple[Place, Place] | None:
        """The places of two items of the same id, or None."""
        count = self.flush() // ENTRY.itemsize
        slices = -(-count // ENTRIES_AT_ONCE) or 1
        found = [pair for number in range(slices) if (pair := self._repeated_in(number, slices=slices))]
        return min(found, default=None)

    def _repeated_in(self, number: int, *, slices: int) -> tuple[Place, Place] | None:
        """As `repeated`, among the hashes that leave the remainder `number` when divided by `slices`."""
        mine = [part[part["hash"] % np.uint64(slices) == number] for part in self._parts()]
        entries = np.sort(np.concatenate(mine), order=["hash", "source", "row"]) if mine else np.empty(0, ENTRY)
        again = np.flatnonzero(entries["hash"][1:] == entries["hash"][:-1])
        pairs = [(_place(entries[i]), _place(entries[i + 1])) for i in again[:1000].tolist()]
        return min(pairs, default=None)

    def _parts(self) -> Iterator[Entries]:
        with self._path.open("rb") as file:
            while part := file.read(ENTRY.itemsize * ENTRIES_AT_ONCE):
                yield np.frombuffer(part, dtype=ENTRY)


def repeated_id(log: IdLog, *, sources: tuple[SourceConfig, ...], seed: int) -> str | None:
    """Which id comes twice, where, and what to do; None where each is one item's alone."""
    found = log.repeated()
    if found is None:
        return None
    first, second = found
    name = _read(first, sources=sources, seed=seed)
    places = " and ".join(f"row {row + 1} of source {at + 1} ({sources[at].name})" for at, row in found)
    advice = "name each file once" if first[0] != second[0] else "remove one"
    return f"two items have the id {name!r}: {places}; {advice}, or give each an id of its own"


def _place(entry: np.void) -> Place:
    return int(entry["source"]), int(entry["row"])


def _read(place: Place, *, sources: tuple[SourceConfig, ...], seed: int) -> str:
    source, number = place
    row = next(islice(walk(sources[source], seed=seed), number, None), None)
    return row.id if isinstance(row, AnnotatedItem) else "?"
