"""Numbers that were found for examples before training, by example id: of the nearest selection among a stage's ancestors, or of a file."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sayso.artifacts import StageContext, read_manifest
from sayso.errors import ConfigError, DataError, did_you_mean

__all__ = ["find_column"]

COLUMNS = "columns.parquet"
KEYS = ("example", "id")
"""Names of the column with the examples' ids, in the order in which they are looked for."""


def find_column(context: StageContext, *, column: str, file: str | None) -> Mapping[str, float]:
    """Example id -> its number; examples without one are left out.

    `file` is Parquet, or JSON lines.

    Raises:
        ConfigError: there is no selection and no file, or no such column.
        DataError: the file cannot be read.
    """
    path = Path(file) if file is not None else _selected(context, column=column)
    rows = _parquet(path) if path.suffix == ".parquet" else _lines(path)
    names = sorted({name for row in rows[:1] for name in row})
    key = next((name for name in KEYS if name in names), None)
    if key is None:
        raise ConfigError(f"{path} has no column {' or '.join(KEYS)} with ids of examples; it has {', '.join(names)}")
    if column not in names:
        raise ConfigError(f"{path} has no column {column!r}{did_you_mean(column, names)}")
    return {str(row[key]): float(row[column]) for row in rows if _is_number(row.get(column))}


def _selected(context: StageContext, *, column: str) -> Path:
    for folder in context.ancestors():
        if read_manifest(folder).kind == "select" and (folder / COLUMNS).exists():
            return folder / COLUMNS
    raise ConfigError(
        f"stage {context.node!r} is to be ordered by column {column!r}, but no select stage before it has columns; add one, or name a file"
    )


def _parquet(path: Path) -> list[dict[str, Any]]:
    try:
        found: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"{path} cannot be read ({error}); make it again") from error
    return found


def _lines(path: Path) -> list[dict[str, Any]]:
    try:
        return [json.loads(line) for line in path.read_bytes().splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read ({error}); give Parquet, or a JSON object a line") from error


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not math.isnan(value)
