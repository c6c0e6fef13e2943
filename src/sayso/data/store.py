"""Reads examples back: by task and position in constant time, or all of them in a row, in memory that does not grow.

A split is a set of Parquet shards `examples/<split>/<task>-<number>.parquet` with columns `id`, `task` and `record` (the whole
example as JSON), in row groups of at most 512. `get` keeps the groups it read last, as undecoded text within a budget of
bytes: an order that walks in windows (`sayso.data.order`) reads each group once. Files are mapped, so a store may be
inherited by forked workers; spawned ones open their own.

    store = ExampleStore(folder, split="train")
    store.get("counting", 17)
    for example in store.iter(): ...
"""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from itertools import accumulate, chain
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from sayso.errors import DataError, did_you_mean
from sayso.records import Example

__all__ = ["ExampleStore", "ROWS_PER_GROUP", "ROWS_PER_SHARD"]

ROWS_PER_GROUP = 512
"""Rows that are read, and cached, together."""
ROWS_PER_SHARD = 16384
"""Rows of a full shard, a whole number of groups."""


class ExampleStore:
    """The examples of one split of a build folder. A split without any shard is empty.

    `cache_bytes` bounds the text of row groups kept by `get`.
    """

    def __init__(self, folder: Path, *, split: str, cache_bytes: int = 64 << 20) -> None:
        self.folder = Path(folder)
        self.split = split
        self._cache_bytes = cache_bytes
        shards: dict[str, list[Path]] = {}
        for path in sorted((self.folder / "examples" / split).glob("*.parquet")):
            shards.setdefault(path.stem.rpartition("-")[0], []).append(path)
        self._tasks = {task: _Shards(paths) for task, paths in shards.items()}
        self.task_sizes: dict[str, int] = {task: shards.num_rows for task, shards in self._tasks.items()}
        self._forget()

    def __len__(self) -> int:
        return sum(self.task_sizes.values())

    def __getstate__(self) -> dict[str, Any]:
        return {"folder": self.folder, "split": self.split, "cache_bytes": self._cache_bytes}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["folder"], split=state["split"], cache_bytes=state["cache_bytes"])  # type: ignore[misc]

    def get(self, task: str, index: int) -> Example:
        """Example number `index` of a task, from 0.

        Raises:
            DataError: no such task, or a record that cannot be read.
            IndexError: the task has fewer examples.
        """
        shards = self._shards(task)
        if not 0 <= index < shards.num_rows:
            raise IndexError(f"example {index} of {task!r}, which has {shards.num_rows} in split {self.split!r}")
        shard, row = shards.locate(index)
        group = self._group(task, shard, row // ROWS_PER_GROUP)
        return self._decode(group[row % ROWS_PER_GROUP], place=f"{shards.paths[shard]}, row {row}")

    def iter(self, task: str | None = None) -> Iterator[Example]:
        """Every example of a task (None: of all tasks, by name) in the order of the build.

        Raises:
            DataError: no such task, or a record that cannot be read.
        """
        return chain.from_iterable(self._batches(task))

    def _batches(self, task: str | None) -> Iterator[list[Example]]:
        decode = self._decoder.decode
        for name in [task] if task is not None else self.task_sizes:
            for path in self._shards(name).paths:
                for number, records in enumerate(_records(path)):
                    try:
                        examples = list(map(decode, records))
                    except msgspec.MsgspecError as error:
                        place = f"{path}, rows from {number * ROWS_PER_GROUP}"
                        raise DataError(f"{place}: {error}; build the data again") from error
                    yield examples

    def _forget(self) -> None:
        self._decoder = msgspec.json.Decoder(Example)
        self._groups: OrderedDict[tuple[str, int, int], list[str]] = OrderedDict()
        self._cached = 0

    def _shards(self, task: str) -> "_Shards":
        if task not in self._tasks:
            known = did_you_mean(task, list(self._tasks))
            raise DataError(f"split {self.split!r} of {self.folder} has no task {task!r}{known}")
        return self._tasks[task]

    def _group(self, task: str, shard: int, group: int) -> list[str]:
        key = (task, shard, group)
        if key in self._groups:
            self._groups.move_to_end(key)
            return self._groups[key]
        rows = self._tasks[task].read(shard, group)
        self._groups[key] = rows
        self._cached += _weight(rows)
        while self._cached > self._cache_bytes and len(self._groups) > 1:
            self._cached -= _weight(self._groups.popitem(last=False)[1])
        return rows

    def _decode(self, record: str, *, place: str) -> Example:
        try:
            return self._decoder.decode(record)
        except msgspec.MsgspecError as error:
            raise DataError(f"{place}: {error}; build the data again") from error


class _Shards:
    """The shards of one task; files are opened when they are first read."""

    def __init__(self, paths: list[Path]) -> None:
        self.paths = paths
        self._starts: list[int] = [0, *accumulate(_open(path).metadata.num_rows for path in paths)]
        self._files: dict[int, pq.ParquetFile] = {}

    @property
    def num_rows(self) -> int:
        return self._starts[-1]

    def locate(self, index: int) -> tuple[int, int]:
        """Shard and row in it."""
        shard = bisect_right(self._starts, index) - 1
        return shard, index - self._starts[shard]

    def read(self, shard: int, group: int) -> list[str]:
        if shard not in self._files:
            while len(self._files) >= 8:  # open files hold their footers in memory
                self._files.pop(next(iter(self._files)))
            self._files[shard] = _open(self.paths[shard])
        table = self._files[shard].read_row_group(group, columns=["record"], use_threads=False)
        rows: list[str] = table.column(0).to_pylist()
        return rows


def _open(path: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(path, memory_map=True)
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"{path} cannot be read ({error}); build the data again") from error


def _records(path: Path) -> Iterator[list[str]]:
    for batch in _open(path).iter_batches(batch_size=ROWS_PER_GROUP, columns=["record"], use_threads=False):
        yield batch.column(0).to_pylist()


def _weight(rows: list[str]) -> int:
    return sum(map(len, rows)) + 64 * len(rows)
