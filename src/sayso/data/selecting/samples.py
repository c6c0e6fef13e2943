"""The samples of a pool, read one by one: from a build, from a file of their own, or some of those of another pool.

A pool may have millions of rows, so none of these holds its samples in memory; all are sequences, and fastest from front to back.
"""

import os
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from pathlib import Path
from typing import overload

import msgspec
import numpy as np

from sayso.data.folder import BuildFolder
from sayso.data.selectors._protocol import Ints
from sayso.errors import DataError
from sayso.records import Example, Sample

__all__ = ["BuildSamples", "SampleFile", "View", "write_samples"]

RENDERED_EPOCH = 0
"""The epoch under whose wordings a build is looked at."""


class Samples(Sequence[Sample]):
    """Base of the sequences here: a slice is a view."""

    def sample(self, row: int) -> Sample:
        """Sample number `row`, which is there.

        Raises:
            DataError: it cannot be read or rendered.
        """
        raise NotImplementedError(f"sample {row} of {type(self).__name__}")

    @overload
    def __getitem__(self, index: int) -> Sample: ...
    @overload
    def __getitem__(self, index: slice) -> "View": ...
    def __getitem__(self, index: int | slice) -> "Sample | View":
        if isinstance(index, slice):
            return View(self, np.arange(len(self))[index])
        size = len(self)
        if not -size <= index < size:
            raise IndexError(f"sample {index} of {size}")
        return self.sample(index % size)


class View(Samples):
    """Those of `samples` that `rows`, (n,), number, in that order."""

    def __init__(self, samples: Sequence[Sample], rows: Ints) -> None:
        self._samples, self.rows = samples, rows

    def __len__(self) -> int:
        return len(self.rows)

    def sample(self, row: int) -> Sample:
        """Sample number `row` of the view."""
        return self._samples[int(self.rows[row])]


class BuildSamples(Samples):
    """The training examples of a build, each with its answer under the wording of epoch 0; `tasks` one after the other, in this order."""

    def __init__(self, build: BuildFolder, *, tasks: Iterable[str]) -> None:
        self.store, self._sampler = build.store("train"), build.sampler()
        self.sizes = {task: self.store.task_sizes.get(task, 0) for task in tasks}
        self._tasks, self._starts = tuple(self.sizes), [0, *accumulate(self.sizes.values())]

    def __len__(self) -> int:
        return self._starts[-1]

    def place(self, row: int) -> tuple[str, int]:
        """The task of a row, and its position there."""
        number = bisect_right(self._starts, row) - 1
        return self._tasks[number], row - self._starts[number]

    def example(self, row: int) -> Example:
        """The example of a row."""
        return self.store.get(*self.place(row))

    def sample(self, row: int) -> Sample:
        """Sample number `row`."""
        return self._sampler.train_sample(self.example(row), epoch=RENDERED_EPOCH)


class SampleFile(Samples):
    """Samples that `write_samples` wrote; `ends`, (n,), is where each of them ends in the file."""

    def __init__(self, path: Path, ends: Ints) -> None:
        self._path, self._ends = path, ends
        self._file = path.open("rb")
        self._decoder = msgspec.msgpack.Decoder(Sample)

    def __len__(self) -> int:
        return len(self._ends)

    def sample(self, row: int) -> Sample:
        """Sample number `row`."""
        start = int(self._ends[row - 1]) if row else 0
        data = os.pread(self._file.fileno(), int(self._ends[row]) - start, start)
        try:
            return self._decoder.decode(data)
        except msgspec.MsgspecError as error:
            raise DataError(f"{self._path}, sample {row}: {error}; run the same command again") from error

    def close(self) -> None:
        """Nothing is read any more."""
        self._file.close()


def write_samples(path: Path, samples: Iterable[Sample]) -> SampleFile:
    """Write samples one behind the other and open them again.

    Raises:
        OSError: the disk is full.
    """
    encoder = msgspec.msgpack.Encoder()
    lengths = []
    with path.open("wb") as file:
        for sample in samples:
            lengths.append(file.write(encoder.encode(sample)))
    return SampleFile(path, np.cumsum(np.array(lengths, dtype=np.int64)))
