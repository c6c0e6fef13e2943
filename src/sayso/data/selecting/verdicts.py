"""What was decided about every row, written down: `verdicts.jsonl` for reading, `columns.parquet` for computing."""

import math
import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sayso.data.scorers import Column
from sayso.data.scorers._protocol import Floats
from sayso.data.selecting.chain import Fates
from sayso.data.selectors._protocol import Ints
from sayso.errors import BackendError

__all__ = ["count_reasons", "row_verdict", "RowVerdict", "scattered", "shape_of", "write_columns"]

KEPT_REASONS = 40
"""Reasons that a manifest counts; the rest are in one sum, and all are in verdicts.jsonl."""
_DETAIL = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|-?\d+(?:[.,]\d+)*(?:e[-+]?\d+)?")


class RowVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """One input row: where it is, whether it is kept, and why.

    `score` is what the selector that decided ranked it by, as `by` says; `values` are those of all columns, null where a scorer could not say, with the reason
    in `why`. `row` is its number in the input, `rank` its place in the order in which the last selector chose, both from 0.
    """

    row: int
    id: str
    task: str
    keep: bool
    reason: str
    score: float | None = None
    by: str = ""
    selector: str = ""
    rank: int | None = None
    place: str = ""
    values: dict[str, float | None] = {}
    why: dict[str, str] = {}


def row_verdict(
    fates: Fates, number: int, *, columns: Mapping[str, Column], row: int, told: Mapping[str, str]
) -> RowVerdict:
    """The verdict on row `number` of a pool, row `row` of its input; `told` are its `id`, `task` and `place`."""
    return RowVerdict(
        row=row,
        keep=bool(fates.keep[number]),
        reason=fates.reasons[number],
        score=_finite(fates.scores[number]),
        by=fates.by[number],
        selector=fates.selectors[number],
        rank=fates.ranks[number],
        values={name: _finite(column.values[number]) for name, column in columns.items()},
        why={name: column.why[number] for name, column in columns.items() if number in column.why},
        **told,
    )


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def shape_of(reason: str) -> str:
    """A reason without the numbers and quoted texts in it, so that equal ones can be counted."""
    return _DETAIL.sub("…", reason)


def count_reasons(reasons: Iterable[str]) -> dict[str, int]:
    """How often each reason was given, numbers and quoted texts left out, most frequent first."""
    whole = Counter(reasons)
    shapes = Counter[str]()
    for reason, count in whole.items():
        shapes[shape_of(reason)] += count
    ordered = sorted(shapes.items(), key=lambda one: (-one[1], one[0]))
    rest = sum(count for _, count in ordered[KEPT_REASONS:])
    return {**dict(ordered[:KEPT_REASONS]), **({"other reasons": rest} if rest else {})}


def write_columns(path: Path, *, texts: Mapping[str, Sequence[str]], columns: Mapping[str, Floats], keep: Any) -> None:
    """A table of a row for each row of the input: `texts` such as ids, `keep`, and the columns, null where there is no value.

    Raises:
        BackendError: the disk is full.
    """
    names = [*texts, "keep", *columns]
    arrays = [*map(_strings, texts.values()), pa.array(np.asarray(keep, dtype=bool)), *map(_numbers, columns.values())]
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        pq.write_table(pa.Table.from_arrays(arrays, names=names), temporary, compression="zstd", row_group_size=65536)
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise BackendError(f"cannot write {path}: {error.strerror or error}; free some space") from error


def _numbers(values: Floats) -> pa.Array:
    return pa.array(values, mask=np.isnan(values))


def _strings(rows: Sequence[str]) -> pa.StringArray:
    """From buffers: `pa.array` of a list imports pandas to see whether the list is one of its own."""
    data = [row.encode() for row in rows]
    ends = np.cumsum([0, *map(len, data)], dtype=np.int64)
    return pa.LargeStringArray.from_buffers(len(data), pa.py_buffer(ends), pa.py_buffer(b"".join(data)))


def scattered(values: Floats, *, numbers: Ints, size: int) -> Floats:
    """Values of some rows at their places among all, NaN elsewhere, (size,)."""
    found: Floats = np.full(size, np.nan)
    found[numbers] = values
    return found
