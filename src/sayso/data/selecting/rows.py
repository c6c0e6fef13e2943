"""What is known of every row of a pool before anything is scored: id, task, what tells it from every other row, and its length.

All of it is found in one walk, which also finds rows that cannot be rendered; these never get into the pool.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from sayso.artifacts import Progress
from sayso.data.selecting.samples import View
from sayso.data.selectors._protocol import Ints
from sayso.errors import DataError
from sayso.records import Media, Sample

__all__ = ["Keys", "look_at", "Rows"]

Keys = npt.NDArray[np.bytes_]
"""16 bytes a row, (N,)."""
KEY_BYTES = 16
STEP = 512
"""Rows between two words about how far it is."""


@dataclass(frozen=True, kw_only=True)
class Rows:
    """N samples in the order of their source, and what is known of each.

    `keys` tell a row, its pictures' files included, from every other; `costs` are its tokens or words, where anybody asked. `unusable` is what is
    wrong with the samples that are not among these, by their number in the source; `numbers`, (N,), are those of these.
    """

    samples: Sequence[Sample]
    ids: Sequence[str]
    tasks: Sequence[str]
    keys: Keys
    numbers: Ints
    costs: Ints | None = None
    unusable: dict[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ids)


def look_at(samples: Sequence[Sample], *, progress: Progress, cost: Callable[[Sample], int] | None = None) -> Rows:
    """Walk over all samples once."""
    progress.start("rows", total=len(samples))
    found = _Found()
    for number in range(len(samples)):
        try:
            sample = samples[number]
        except DataError as error:
            found.unusable[number] = str(error)
            continue
        found.ids.append(sample.example)
        found.tasks.append(sample.task)
        found.keys.append(_key(sample))
        found.numbers.append(number)
        if cost is not None:
            found.costs.append(cost(sample))
        if number % STEP == 0:
            progress.advance(min(STEP, len(samples) - number))
    numbers = np.array(found.numbers, dtype=np.int64)
    return Rows(
        samples=samples if not found.unusable else View(samples, numbers),
        ids=found.ids,
        tasks=found.tasks,
        keys=np.frombuffer(b"".join(found.keys), dtype=f"S{KEY_BYTES}"),
        numbers=numbers,
        costs=np.array(found.costs, dtype=np.int64) if cost is not None else None,
        unusable=found.unusable,
    )


@dataclass(frozen=True)
class _Found:
    ids: list[str] = field(default_factory=list)
    tasks: list[str] = field(default_factory=list)
    keys: list[bytes] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    costs: list[int] = field(default_factory=list)
    unusable: dict[int, str] = field(default_factory=dict)


_encode = msgspec.json.Encoder(order="deterministic").encode


def _key(sample: Sample) -> bytes:
    hashed = blake2b(_encode(sample), digest_size=KEY_BYTES)
    for fact in _file_facts(sample.media):
        hashed.update(repr(fact).encode())
    return hashed.digest()


def _file_facts(media: Iterable[Media]) -> Iterable[tuple[Any, ...]]:
    """Size and time of every picture that is a file: a picture that was drawn again is another one."""
    for medium in media:
        if medium.path is not None and ":" not in Path(medium.path).parts[0]:
            try:
                found = os.stat(medium.path)
            except (OSError, ValueError):  # it is told when somebody wants to see it
                continue
            yield (found.st_size, found.st_mtime_ns)
