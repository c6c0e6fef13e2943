"""Tables of Hugging Face in batches: Parquet files through pyarrow, saved folders and the hub through `datasets`.

Whatever the origin, what comes out is Arrow batches with pictures still encoded, and the names behind integer classes.
`datasets` is imported only where it is needed; Parquet files never need it.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from glob import glob
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from sayso.errors import BackendError, ConfigError, DataError, blame

__all__ = ["BATCH_ROWS", "is_saved", "open_table", "Table", "wrap_dataset"]

BATCH_ROWS = 64
"""Rows held at once; pictures make them heavy."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """Columns by name, the class names of integer columns that have some, and the batches."""

    columns: tuple[str, ...]
    class_names: dict[str, list[str]]
    batches: Iterator[Any] = field(repr=False)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Every row as plain Python values, with class names in place of their numbers."""
        for batch in self.batches:
            for row in batch.to_pylist():
                for column, names in self.class_names.items():
                    if isinstance(row.get(column), int) and 0 <= row[column] < len(names):
                        row[column] = names[row[column]]
                yield row


def is_saved(folder: Path) -> bool:
    """Whether `folder` was written by `save_to_disk` of the library datasets."""
    return any((folder / mark).is_file() for mark in ("state.json", "dataset_dict.json"))


def open_table(path: str, *, split: str, config: str | None) -> Table:
    """The table at `path`: Parquet file(s), a folder of them, a folder of `save_to_disk`, or a hub id.

    Raises:
        DataError: a local path that is missing, empty or unreadable.
        ConfigError: no such split, or `datasets` is not installed.
        BackendError: the hub cannot be reached.
    """
    local = Path(path)
    if is_saved(local):
        return _open_saved(local, split)
    if path.endswith(".parquet") or local.is_dir() or _is_parquet(local):
        return _open_parquet(_find_parquet(local, split))
    if local.exists() or path.startswith((".", "/", "~")):
        raise DataError(f"{path} is no Parquet file, data set folder or hub id; check `path` of source hf")
    return _open_hub(path, split, config)


def _find_parquet(path: Path, split: str) -> list[Path]:
    """Files of a path, of a pattern with `*`, or of a folder - there those of the split, where names tell splits."""
    files = sorted(path.rglob("*.parquet")) if path.is_dir() else _match(path)
    if not files:
        raise DataError(f"no Parquet file at {path}; check `path` of source hf")
    return [file for file in files if path.is_dir() and file.stem.split("-")[0] == split] or files


def _is_parquet(file: Path) -> bool:
    """Whether a file says so in its first bytes, whatever it is called."""
    if not file.is_file():
        return False
    with file.open("rb") as opened:
        return opened.read(4) == b"PAR1"


def _match(path: Path) -> list[Path]:
    return [path] if path.exists() else sorted(map(Path, glob(str(path))))


def _open_parquet(files: list[Path]) -> Table:
    with blame(DataError, f"Parquet file {files[0]}"):
        schema = pq.read_schema(files[0])
    info = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))
    features = info.get("info", {}).get("features") or {}
    names = {column: kind["names"] for column, kind in features.items() if _is_class(kind)}
    return Table(columns=tuple(schema.names), class_names=names, batches=_read_parquet(files, schema.names))


def _is_class(kind: Any) -> bool:
    return isinstance(kind, dict) and kind.get("_type") == "ClassLabel"


def _read_parquet(files: list[Path], columns: list[str]) -> Iterator[Any]:
    for file in files:
        with blame(DataError, f"Parquet file {file}"), pq.ParquetFile(file) as table:
            if missing := set(columns) - set(table.schema_arrow.names):
                raise DataError(f"lacks the columns {sorted(missing)} of {files[0]}; give files of one shape")
            yield from table.iter_batches(batch_size=BATCH_ROWS)


def _datasets() -> Any:
    try:
        import datasets
    except ImportError as error:
        need = "reading a data set folder or the hub needs the library datasets"
        raise ConfigError(f"{need} ({error}); type: pip install 'sayso[hub]'") from error
    return datasets


def _open_saved(folder: Path, split: str) -> Table:
    with blame(DataError, f"data set folder {folder}"):
        saved = _datasets().load_from_disk(str(folder))
    if isinstance(saved, dict):
        if split not in saved:
            raise ConfigError(f"{folder} has no split {split!r}; name one of {', '.join(map(str, saved))}")
        saved = saved[split]
    return wrap_dataset(saved)


def _open_hub(name: str, split: str, config: str | None) -> Table:
    datasets = _datasets()
    try:
        return wrap_dataset(datasets.load_dataset(name, config, split=split, streaming=True))
    except (ConnectionError, TimeoutError) as error:
        raise BackendError(f"the hub did not answer for {name!r} ({error}); run the command again later") from error
    except Exception as error:  # the hub client raises many kinds; the others all mean: not there
        what = f"cannot open {name!r} on the hub ({type(error).__name__}: {error})"
        raise DataError(f"{what}; check the name, `config` and `split`") from error


def wrap_dataset(dataset: Any) -> Table:
    """The table of a `datasets.Dataset` or `IterableDataset`."""
    features = dataset.features or {}
    names = {column: list(kind.names) for column, kind in features.items() if hasattr(kind, "names")}
    batches = dataset.with_format("arrow").iter(batch_size=BATCH_ROWS)  # Arrow leaves pictures encoded
    return Table(columns=tuple(dataset.column_names or features), class_names=names, batches=batches)
