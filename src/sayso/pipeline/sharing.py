"""Stages that several runs have in common, made once: a shelf of finished stage folders by digest.

Equal digests mean equal work, so a run that is given a shelf takes a stage from it, and puts what it made on it. Files are
hard links where the disk allows, so that nothing is stored twice. A lock per digest lets runs at the same time wait for the one that
is making a stage in place of making it again.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sayso.artifacts import read_manifest

__all__ = ["Shelf"]


class Shelf:
    """Finished stages below `folder`; None keeps nothing and finds nothing."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    @contextmanager
    def turn(self, digest: str) -> Iterator[None]:
        """While it lasts, nobody else makes, takes or puts the stage of this digest."""
        if self.folder is None:
            yield
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / f".{digest}.lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def take(self, digest: str, *, node: str, final: Path) -> bool:
        """Whether the stage was there, made under the same name, and is now at `final`."""
        found = None if self.folder is None else self.folder / digest
        if found is None or not found.exists() or read_manifest(found).node != node:
            return False
        _link_whole(found, final)
        return True

    def put(self, digest: str, made: Path) -> None:
        """Keep a finished stage for others."""
        if self.folder is not None and not (self.folder / digest).exists():
            _link_whole(made, self.folder / digest)


def _link_whole(source: Path, target: Path) -> None:
    """A copy under its name only when all of it is there."""
    partial = target.with_name(f".{target.name}.copy")
    shutil.rmtree(partial, ignore_errors=True)
    shutil.copytree(source, partial, copy_function=_link)
    os.replace(partial, target)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another disk, or one without links
        shutil.copy2(source, target)
