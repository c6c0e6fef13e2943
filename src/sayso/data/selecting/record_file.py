"""A file of records as a pool: a sample of every conversation, what is wrong with every other record, and the records that are kept, as they stood.

The samples are written to a file beside the output while the records are read, and read back from there as often as somebody looks at them;
in memory are a few words for each record.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path
from typing import IO, Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from sayso.artifacts import Progress
from sayso.data.selecting.parents import as_written
from sayso.data.selecting.samples import SampleFile, write_samples
from sayso.errors import BackendError, ConfigError, DataError
from sayso.records import AnnotatedItem, Sample
from sayso.sources import BadRow
from sayso.sources.conversations import Conversations, is_table, read_fields, read_records

__all__ = ["check_out", "only_table", "open_records", "Records", "write_kept"]

ROWS_AT_ONCE = 1024
CONVERSATION = "conversation"
"""The task of a record where nobody asks for tasks."""
STEP = 512
TOLD = 5
"""Bad records that are told."""


@dataclass(kw_only=True)
class Records:
    """All records of a file: their `ids` by number, what is wrong with `bad` ones, and the samples of the others in their order."""

    path: Path
    format: str
    evidence: str
    samples: SampleFile
    ids: list[str]
    bad: dict[int, str]
    bad_places: list[str]

    def __len__(self) -> int:
        return len(self.ids)

    def places(self) -> Iterator[str]:
        """Where each record is, in their order; the file is read again for it.

        Raises:
            DataError: the file cannot be read any more.
        """
        return (place for place, _ in read_records(self.path))


@dataclass
class _Walk:
    ids: list[str] = field(default_factory=list)
    bad: dict[int, str] = field(default_factory=dict)
    bad_places: list[str] = field(default_factory=list)


@contextmanager
def open_records(source: Conversations, *, spool: Path, task_key: str | None, progress: Progress) -> Iterator[Records]:
    """Read a file; its samples lie in `spool` as long as the block lasts. `task_key` is the key of a record that names its task.

    Raises:
        ConfigError: several files are read as one.
        DataError: the file cannot be read, no format fits it, no record can be used, or none has the key.
        BackendError: the disk is full.
    """
    found = source.detect()
    path = only_table(source)
    walk = _Walk()
    progress.start(f"read {path.name}")
    try:
        spool.parent.mkdir(parents=True, exist_ok=True)
        samples = write_samples(spool, _samples(source, path=path, walk=walk, task_key=task_key, progress=progress))
    except OSError as error:
        spool.unlink(missing_ok=True)
        raise BackendError(f"cannot write {spool}: {error.strerror or error}; choose another --out") from error
    except BaseException:
        spool.unlink(missing_ok=True)
        raise
    try:
        if not len(samples):
            told = "\n  ".join(walk.bad_places) or "it is empty"
            raise DataError(f"{path} has no record that can be used:\n  {told}")
        yield Records(path=path, format=found.format, evidence=found.evidence, samples=samples, **vars(walk))
    finally:
        samples.close()
        spool.unlink(missing_ok=True)


def only_table(source: Conversations) -> Path:
    """The one file with the rows of a source.

    Raises:
        ConfigError: there are several.
        DataError: it cannot be read, or no format fits.
    """
    found = source.detect()
    paths = [path for path, _ in found.layout.tables(found.path, found.rows)]
    if len(paths) > 1:
        listed = ", ".join(str(path) for path in paths[:5])
        raise ConfigError(f"{found.path} names {len(paths)} files ({listed}); choose from one of them at a time")
    return paths[0]


def _samples(
    source: Conversations, *, path: Path, walk: _Walk, task_key: str | None, progress: Progress
) -> Iterator[Sample]:
    names: Iterable[str | None] = repeat(CONVERSATION)
    if task_key is not None:
        names = (_name(row.get(task_key)) for row in read_fields(path))
    found = 0
    for number, (row, task) in enumerate(zip(source.items(), names, strict=False)):
        made = _made(row)
        walk.ids.append("" if isinstance(row, BadRow) else row.id)
        found += task is not None
        if isinstance(made, str):
            walk.bad[number] = made
            if len(walk.bad_places) < TOLD:
                walk.bad_places.append(f"{row.place if isinstance(row, BadRow) else row.id}: {made}")
        else:
            yield msgspec.structs.replace(made, task=task or CONVERSATION, example=walk.ids[-1])
        if number % STEP == 0:
            progress.advance(STEP)
    if not found and walk.ids:
        raise DataError(
            f"no record of {path} has the key {task_key!r} with a name of its task; give another --task-key"
        )


def _name(value: Any) -> str | None:
    return str(value) if isinstance(value, str | int) and str(value) else None


def _made(row: AnnotatedItem | BadRow) -> Sample | str:
    """The sample of a record, or what is wrong with it."""
    if isinstance(row, BadRow):
        return row.reason
    try:
        return next(iter(as_written(row)), "it makes no sample")
    except DataError as error:
        return str(error)


def check_out(out: Path, *, path: Path) -> None:
    """Whether records of `path` can be written to a file of that name.

    Raises:
        ConfigError: they are rows of Parquet, and the name says something else, or the other way round.
    """
    if is_table(path) != (out.suffix == ".parquet"):
        what, wanted = ("rows of Parquet", ".parquet") if is_table(path) else ("JSON", ".jsonl or .json")
        raise ConfigError(
            f"--out {out}: the records of {path} are {what} and are kept as they stand; end the name in {wanted}"
        )


def write_kept(records: Records, *, keep: npt.NDArray[np.bool_], out: Path) -> int:
    """Write the kept records, (N,) of them being asked about, in their order and as they stood; whole or not at all.

    Raises:
        DataError: the file changed while it was read.
        BackendError: the disk is full.
    """
    temporary = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    try:
        if out.suffix == ".parquet":
            count = _write_table(records.path, keep=keep, out=temporary)
        else:
            count = _write_json(records.path, keep=keep, out=temporary, as_list=out.suffix == ".json")
        if count != int(keep.sum()):
            raise DataError(f"{records.path} changed while it was read; run the same command again")
        os.replace(temporary, out)
    except OSError as error:
        raise BackendError(f"cannot write {out}: {error.strerror or error}; choose another --out") from error
    finally:
        temporary.unlink(missing_ok=True)
    return count


def _write_json(path: Path, *, keep: npt.NDArray[np.bool_], out: Path, as_list: bool) -> int:
    count = 0
    with out.open("wb") as file:
        file.write(b"[\n" if as_list else b"")
        for number, (_, raw) in enumerate(read_records(path)):
            if number < len(keep) and keep[number]:
                _write_record(file, raw, as_list=as_list, first=not count)
                count += 1
        file.write(b"\n]\n" if as_list else b"")
        file.flush()
        os.fsync(file.fileno())
    return count


def _write_record(file: IO[bytes], raw: bytes, *, as_list: bool, first: bool) -> None:
    """One record; only white space between its values is taken out where it has to stand on one line."""
    if as_list:
        file.write((b"" if first else b",\n") + raw)
    else:
        file.write((msgspec.json.format(raw, indent=-1) if b"\n" in raw or b"\r" in raw else raw) + b"\n")


def _write_table(path: Path, *, keep: npt.NDArray[np.bool_], out: Path) -> int:
    count, start = 0, 0
    with pq.ParquetFile(path) as table, pq.ParquetWriter(out, table.schema_arrow) as writer:
        for batch in table.iter_batches(batch_size=ROWS_AT_ONCE):
            own = keep[start : start + len(batch)]
            start += len(batch)
            writer.write_table(pa.Table.from_batches([batch.filter(pa.array(own))], schema=table.schema_arrow))
            count += int(own.sum())
    return count
