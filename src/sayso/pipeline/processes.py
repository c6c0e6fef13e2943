"""Several processes that run one recipe together, as `torchrun` and `accelerate launch` start them.

All of them run the same command. The first, of rank 0, does everything as it would alone. The others follow: they take part in train
stages, each with its share of every batch, and wait for what the first writes in all other stages. They write nothing and print nothing. Whatever
is waited for is a file that appears whole, so the run folder has to be one that all see. If the first fails, its launcher ends the others.
"""

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sayso.artifacts import MARK, Manifest, read_manifest
from sayso.errors import ConfigError, DataError

__all__ = ["launched", "Processes", "wait_for_finished", "wait_for_open"]

WAIT_S = 0.05


@dataclass(frozen=True, kw_only=True)
class Processes:
    """Which process of how many this is."""

    rank: int = 0
    count: int = 1


def launched(environment: Mapping[str, str] = os.environ) -> Processes:
    """What the launcher says in the environment; one process alone where there was none.

    Raises:
        ConfigError: it says what is no number.
    """
    rank, count = (environment.get(name, default) for name, default in (("RANK", "0"), ("WORLD_SIZE", "1")))
    if not (rank.isdigit() and count.isdigit() and int(rank) < max(1, int(count))):
        raise ConfigError(
            f"RANK={rank} and WORLD_SIZE={count} in the environment are not those of a launcher; unset them"
        )
    return Processes(rank=int(rank), count=int(count))


def wait_for_open(final: Path, wanted: Manifest) -> Path | None:
    """The folder that the first process has opened for a stage, or None where the stage is finished already."""
    partial = final.with_name(final.name + ".partial")
    for _ in _moments():
        if _finished(final, wanted) is not None:
            return None
        if _text(partial / MARK) == wanted.digest:
            return partial
    raise AssertionError(final)


def wait_for_finished(final: Path, wanted: Manifest) -> Manifest:
    """The manifest of a stage, as soon as the first process has finished it."""
    for _ in _moments():
        if (manifest := _finished(final, wanted)) is not None:
            return manifest
    raise AssertionError(final)


def _moments() -> Iterator[None]:
    while True:
        yield
        time.sleep(WAIT_S)


def _finished(final: Path, wanted: Manifest) -> Manifest | None:
    try:
        manifest = read_manifest(final)
    except DataError:
        return None
    return manifest if manifest.digest == wanted.digest else None


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
