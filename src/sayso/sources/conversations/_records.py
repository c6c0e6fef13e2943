"""Records of a file as they stand in it, byte for byte, in the order in which they are read: for whoever keeps some of them."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq

from sayso.errors import ConfigError
from sayso.sources._files import read_any, read_head, read_raw
from sayso.sources._tables import is_saved
from sayso.sources.conversations._protocol import Row

__all__ = ["is_table", "read_fields", "read_records"]


def is_table(path: Path) -> bool:
    """Whether the rows are those of a Parquet file, and not JSON.

    Raises:
        ConfigError: they are those of a folder of `save_to_disk`, of which no part can be copied as it stands.
        DataError: the file cannot be read.
    """
    if is_saved(path):
        raise ConfigError(f"{path} is a saved data set, whose rows are no records of a file; save it as Parquet first")
    return read_head(path).startswith(b"PAR1")


def read_records(path: Path) -> Iterator[tuple[str, bytes]]:
    """`(place, text)` of every record of a file, those that are bad too, without the white space around it; rows of Parquet have no text.

    Raises:
        DataError: the file cannot be read.
    """
    if not is_table(path):
        yield from read_raw(path)
        return
    with pq.ParquetFile(path) as table:
        for number in range(table.metadata.num_rows):
            yield f"{path}: row {number}", b""


def read_fields(path: Path) -> Iterator[Row]:
    """Every record as its keys and values; one that is bad has none.

    Raises:
        DataError: the file cannot be read.
    """
    for _, row in read_any(path):
        yield row if isinstance(row, dict) else {}
