"""Arrays of values by row, kept in a folder part by part: what a run that was killed had is there for the next one.

A part is `NAME.npy` with the values, (n, k), `NAME.keys.npy` with the keys of its rows, (n,), and `NAME.json` with whatever is to be known of them, which
is written last: a part without it is none. Rows are found by their keys, so that another pool with some of the same rows finds these. A name is a number and a digest
of the keys: processes that share a folder and count alike do not mix their values.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from sayso.artifacts import write_atomically, write_json
from sayso.data.selecting.rows import Keys
from sayso.data.selectors._protocol import Ints
from sayso.errors import DataError

__all__ = ["find_keys", "Part", "Parts"]

GOES_ON = "free some space and run the same command again: it goes on"


@dataclass(frozen=True, kw_only=True)
class Part:
    """Values of n rows, and what is to be known of them."""

    keys: Keys
    values: npt.NDArray[Any]
    facts: Mapping[str, Any]


class Parts:
    """The parts in a folder, which need not be there yet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self) -> list[Part]:
        """Every whole part in the order of writing; values are mapped, not read.

        Raises:
            DataError: a file cannot be read.
        """
        return [self._read(path) for path in self._whole()]

    def add(self, part: Part) -> None:
        """Write one more part.

        Raises:
            BackendError: the disk is full; what is there stays.
        """
        known = self._whole()
        number = int(known[-1].stem.partition("-")[0]) + 1 if known else 0
        stem = f"{number:06d}-{blake2b(part.keys.tobytes(), digest_size=8).hexdigest()}"
        for name, array in ((f"{stem}.keys.npy", part.keys), (f"{stem}.npy", part.values)):
            write_atomically(self.folder / name, partial(np.save, arr=array), advice=GOES_ON)
        write_json(self.folder / f"{stem}.json", part.facts)

    def _whole(self) -> list[Path]:
        return sorted(self.folder.glob("*.json"))

    def _read(self, path: Path) -> Part:
        try:
            values = np.load(path.with_suffix(".npy"), mmap_mode="r", allow_pickle=False)
            keys = np.load(path.with_suffix(".keys.npy"), allow_pickle=False)
            facts = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
        except (OSError, ValueError, EOFError, msgspec.MsgspecError) as error:
            raise DataError(
                f"{path} and the values beside it cannot be read ({error}); delete {self.folder}"
            ) from error
        if len(keys) != len(values):
            raise DataError(f"{path}: {len(values)} values of {len(keys)} rows; delete {self.folder}")
        return Part(keys=keys, values=values, facts=facts)


def find_keys(known: Sequence[Keys], wanted: Keys) -> Ints:
    """Where each wanted key stands in the known ones, one behind the other; -1 where it does not, (N,)."""
    keys = np.concatenate([wanted[:0], *known])
    if not len(keys):
        return np.full(len(wanted), -1, dtype=np.int64)
    order = np.argsort(keys, kind="stable")
    at = np.minimum(np.searchsorted(keys[order], wanted), len(keys) - 1)
    return np.where(keys[order][at] == wanted, order[at], -1).astype(np.int64)
