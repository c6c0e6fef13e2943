"""Rows into a file of an export, whole or not at all, and beside it `lineage.jsonl`: from which example and wording each row is.

What a format cannot hold is left out, counted by reason, and the caller says so.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from sayso.data.formats._pictures import PictureFolder, new_folder
from sayso.data.formats._protocol import Outcome
from sayso.data.formats._samples import UnfitError, row_id
from sayso.errors import BackendError, DataError
from sayso.records import Sample
from sayso.tasks import CONVERSATION

__all__ = ["LINEAGE", "MakeRow", "write_rows"]

LINEAGE = "lineage.jsonl"
MakeRow: TypeAlias = Callable[[Sample, PictureFolder], Mapping[str, Any]]


def write_rows(samples: Iterable[Sample], *, out: Path, name: str, make: MakeRow) -> Outcome:
    """Write a row for every sample to `out/name`: JSON lines where the name ends so, else a JSON list.

    Raises:
        DataError: no sample can be held, a picture is missing, or `out` is not empty.
        BackendError: the disk is full.
    """
    pictures = PictureFolder(new_folder(out))
    left_out: Counter[str] = Counter()
    rows = _rows(samples, make=make, pictures=pictures, left_out=left_out)
    temporary, lineage = out / f".{name}.tmp", out / LINEAGE
    try:
        count = _write(rows, temporary, lineage=lineage, lines=name.endswith(".jsonl"))
        if not count and left_out:
            raise DataError(f"no sample can be held: {'; '.join(left_out)}; choose another format")
        os.replace(temporary, out / name)
        if not lineage.stat().st_size:
            lineage.unlink()
    except OSError as error:
        raise BackendError(f"cannot write {out / name}: {error.strerror or error}; free some space") from error
    finally:
        temporary.unlink(missing_ok=True)
    return Outcome(num_samples=count, left_out=dict(left_out))


def _rows(
    samples: Iterable[Sample], *, make: MakeRow, pictures: PictureFolder, left_out: Counter[str]
) -> Iterator[tuple[Sample, Mapping[str, Any]]]:
    for sample in samples:
        try:
            yield sample, make(sample, pictures)
        except UnfitError as error:
            left_out[str(error)] += 1


def _write(rows: Iterator[tuple[Sample, Mapping[str, Any]]], path: Path, *, lineage: Path, lines: bool) -> int:
    encode = msgspec.json.Encoder().encode
    count = 0
    with path.open("wb") as file, lineage.open("wb") as origins:
        for count, (sample, row) in enumerate(rows, start=1):
            opening = b"" if lines else (b"[\n" if count == 1 else b",\n")
            file.write(opening + encode(row) + (b"\n" if lines else b""))
            if sample.task != CONVERSATION.name:  # a conversation is its own origin
                origins.write(encode(_origin(sample)) + b"\n")
        if not lines:
            file.write(b"\n]\n" if count else b"[]\n")
        file.flush()
        os.fsync(file.fileno())
    return count


def _origin(sample: Sample) -> dict[str, Any]:
    return {
        "id": row_id(sample),
        "example": sample.example,
        "task": sample.task,
        "template": sample.template,
        "options": sample.options,
        "references": sample.references,
    }
