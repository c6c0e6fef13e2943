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
ENTRIES_AT_ONCE = 1 << 16
HASHES_AT_ONCE = 1 << 18
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
        """The places of the first item whose id comes again, and of the next of that id; None where there is none."""
        count = self.flush() // ENTRY.itemsize
        slices = -(-count // HASHES_AT_ONCE) or 1
        again = np.concatenate([self._repeated_in(number, slices=slices) for number in range(slices)])
        if not again.size:
            return None
        first = next(entry for part in self._parts() for entry in part[np.isin(part["hash"], again)])
        same = (entry for part in self._parts() for entry in part[part["hash"] == first["hash"]])
        one, other = islice(same, 2)
        return _place(one), _place(other)

    def _repeated_in(self, number: int, *, slices: int) -> npt.NDArray[np.uint64]:
        """Hashes that come again, among those that leave the remainder `number` when divided by `slices`; a thousand do."""
        parts = [hashes[hashes % np.uint64(slices) == number] for hashes in (part["hash"] for part in self._parts())]
        hashes = np.sort(np.concatenate(parts)) if parts else np.empty(0, np.uint64)
        again: npt.NDArray[np.uint64] = hashes[1:][hashes[1:] == hashes[:-1]][:1000]
        return again

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
