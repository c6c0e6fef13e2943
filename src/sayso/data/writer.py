"""Writes examples into Parquet shards with flat memory, so that a killed build goes on and ends in the same bytes.

Rows first go to a spool, one JSON-lines file per task. When a spool holds a shard's worth of rows, the shard is written from it,
flushed and renamed into place, and the next spool begins. `checkpoint` flushes the spools and returns how long they are;
a writer made from that state cuts them back to it and goes on. What a shard holds depends on the rows alone, never on
where a build was stopped, so writing one again gives the same file.

    with ExampleWriter(folder, split="train") as writer:
        for example in examples:
            writer.add(example)
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sayso.data.store import ROWS_PER_GROUP, ROWS_PER_SHARD
from sayso.errors import BackendError, DataError
from sayso.records import Example, Record

__all__ = ["ExampleWriter", "missing_file", "SpoolState"]

_SCHEMA = pa.schema([("id", pa.string()), ("task", pa.string()), ("record", pa.string())])


class SpoolState(Record, frozen=True, kw_only=True):
    """How far one task is: its current shard, and the rows and bytes of that shard's spool that are on disk."""

    shard: int = 0
    rows: int = 0
    bytes: int = 0


class ExampleWriter:
    """Writes `folder/examples/<split>/<task>-<shard>.parquet`; `state` is what an earlier writer's `checkpoint` returned.

    Leaving the `with` block without an error writes the last, shorter shards; with an error the spools stay for another try.

    Raises:
        BackendError: the disk is full or cannot be written.
    """

    def __init__(self, folder: Path, *, split: str, state: dict[str, SpoolState] | None = None) -> None:
        self._folder = Path(folder) / "examples" / split
        self._split = split
        self._spools: dict[str, _Spool] = {}
        self._encoder = msgspec.json.Encoder()
        self._folder.mkdir(parents=True, exist_ok=True)
        self._drop_leftovers(state or {})
        for task, spool in (state or {}).items():
            self._spools[task] = _Spool(self._folder, task, spool)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is None:
            self.close()
            self.drop_spools()
            return
        self.release()

    def release(self) -> None:
        """Close the files and leave everything as it is; rows that a full disk does not take are written again later."""
        for spool in self._spools.values():
            with suppress(OSError):
                spool.file.close()

    def add(self, example: Example) -> None:
        """Append one example to its task."""
        if example.task not in self._spools:
            self._spools[example.task] = _Spool(self._folder, example.task, SpoolState())
        self._spools[example.task].add(self._encoder.encode(example) + b"\n")

    def checkpoint(self) -> dict[str, SpoolState]:
        """Flush everything to disk and return the state from which another writer can go on."""
        return {task: spool.flush() for task, spool in self._spools.items()}

    def close(self) -> None:
        """Write what is left as last shards; the spools stay, so that this too can be done again."""
        for spool in self._spools.values():
            spool.finish()

    def drop_spools(self) -> None:
        """Remove the spools, once nobody will go on from a checkpoint any more."""
        for leftover in self._folder.glob("*.spool"):
            leftover.unlink()

    def _drop_leftovers(self, state: dict[str, SpoolState]) -> None:
        """Shards and spools that were begun after the state are written again."""
        for path in [*self._folder.glob("*.parquet"), *self._folder.glob("*.spool"), *self._folder.glob("*.tmp")]:
            task, _, number = path.stem.rpartition("-")
            known = state.get(task)
            keep = path.suffix == ".parquet" and known is not None and int(number) < known.shard
            keep |= path.suffix == ".spool" and known is not None and int(number) == known.shard
            if not keep:
                path.unlink()


def missing_file(folder: Path, *, split: str, state: dict[str, SpoolState]) -> Path | None:
    """A shard or spool that `state` speaks of and that is not there, or shorter than it was; None where all are."""
    place = folder / "examples" / split
    for task, spool in state.items():
        for number in range(spool.shard):
            if not (path := place / f"{task}-{number:05d}.parquet").exists():
                return path
        path = place / f"{task}-{spool.shard:05d}.spool"
        if spool.bytes > (path.stat().st_size if path.exists() else 0):
            return path
    return None


class _Spool:
    """The rows of one task that are in no shard yet.

    Spools of written shards stay until the second flush after, when the state of the first is surely on disk.
    """

    def __init__(self, folder: Path, task: str, state: SpoolState) -> None:
        self._folder, self._task = folder, task
        self._shard, self._rows, self._bytes = state.shard, state.rows, state.bytes
        self._written: list[Path] = []
        self._stale: list[Path] = []
        self.file = self._begin()

    def add(self, line: bytes) -> None:
        if self._rows == ROWS_PER_SHARD:
            self._next()
        try:
            self.file.write(line)
        except OSError as error:  # written out, since a context manager for every row costs more than the row
            raise _cannot_write(self._path(".spool"), error) from error
        self._rows += 1
        self._bytes += len(line)

    def flush(self) -> SpoolState:
        with _explained(self._path(".spool")):
            self.file.flush()
            os.fsync(self.file.fileno())
        for path in self._stale:
            path.unlink(missing_ok=True)
        self._stale, self._written = self._written, []
        return SpoolState(shard=self._shard, rows=self._rows, bytes=self._bytes)

    def finish(self) -> None:
        with _explained(self._path(".spool")):
            self.file.close()
        if self._rows:
            _write_shard(self._path(".parquet"), self._task, spool=self._path(".spool"))

    def _next(self) -> None:
        self.finish()
        self._written.append(self._path(".spool"))
        self._shard, self._rows, self._bytes = self._shard + 1, 0, 0
        self.file = self._begin()

    def _begin(self) -> IO[bytes]:
        path = self._path(".spool")
        with _explained(path):
            if self._bytes > (path.stat().st_size if path.exists() else 0):
                raise DataError(f"{path} is shorter than the {self._bytes} bytes written to it; delete {self._folder}")
            file = path.open("ab")
            file.truncate(self._bytes)
            return file

    def _path(self, suffix: str) -> Path:
        return self._folder / f"{self._task}-{self._shard:05d}{suffix}"


class _Key(msgspec.Struct):
    """What the column `id` repeats of the record."""

    id: str


def _write_shard(path: Path, task: str, *, spool: Path) -> None:
    temporary = path.with_suffix(".tmp")
    with _explained(path):
        with temporary.open("wb") as file:
            with pq.ParquetWriter(file, _SCHEMA, compression="zstd", use_dictionary=["task"]) as writer:
                for rows in _groups(spool):
                    writer.write_table(_table(rows, task), row_group_size=ROWS_PER_GROUP)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)


def _groups(spool: Path) -> Iterator[list[bytes]]:
    rows: list[bytes] = []
    with spool.open("rb") as file:
        for line in file:
            rows.append(line.removesuffix(b"\n"))
            if len(rows) == ROWS_PER_GROUP:
                yield rows
                rows = []
    if rows:
        yield rows


def _table(rows: list[bytes], task: str) -> pa.Table:
    decode = msgspec.json.Decoder(_Key).decode
    ids = [decode(row).id.encode() for row in rows]
    return pa.Table.from_arrays([_strings(ids), _strings([task.encode()] * len(rows)), _strings(rows)], schema=_SCHEMA)


def _strings(rows: list[bytes]) -> pa.StringArray:
    """From buffers: `pa.array` of a list imports pandas, half a second and 40 MB, to see whether the list is one of its own."""
    ends = np.cumsum([0, *map(len, rows)], dtype=np.int32)
    return pa.StringArray.from_buffers(len(rows), pa.py_buffer(ends), pa.py_buffer(b"".join(rows)))


class _explained:  # noqa: N801 - reads as a word after `with`
    """Turn a failure to write into a BackendError that says what to do."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if isinstance(error, OSError):
            raise _cannot_write(self._path, error) from error


def _cannot_write(path: Path, error: OSError) -> BackendError:
    reason = error.strerror or str(error)
    return BackendError(f"cannot write {path}: {reason}; free some space and run the same command again: it goes on")
