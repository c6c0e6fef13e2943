"""Stages that several runs have in common, made once: a shelf of finished stage folders by digest.

Equal digests mean equal work, so a run that is given a shelf takes a stage from it, and puts what it made on it. A stage tells by name
which it read, so it is taken only where it and these have the same names. Files are
hard links where the disk allows, so that nothing is stored twice. A lock per digest lets runs at the same time wait for the one that
is making a stage in place of making it again.
"""

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sayso.artifacts import Manifest, read_manifest
from sayso.errors import ConfigError

__all__ = ["Shelf"]


class Shelf:
    """Finished stages below `folder`; None keeps nothing and finds nothing."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    @contextmanager
    def turn(self, digest: str) -> Iterator[None]:
        """While it lasts, nobody else makes, takes or puts the stage of this digest.

        Raises:
            ConfigError: the shelf is no folder.
        """
        if self.folder is None:
            yield
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise ConfigError(f"--shared {self.folder} is not a folder ({error.strerror}); name another one") from error
        with (self.folder / f".{digest}.lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def take(self, wanted: Manifest, *, final: Path) -> bool:
        """Whether the stage was there, made under the same names, and is now at `final`."""
        found = None if self.folder is None else self.folder / wanted.digest
        if found is None or not found.exists():
            return False
        made = read_manifest(found)
        if (made.node, made.parents) != (wanted.node, wanted.parents):
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
    for place, _, names in os.walk(source):  # shutil.copytree would hide why it failed, such as a full disk
        folder = partial / Path(place).relative_to(source)
        folder.mkdir(parents=True)
        for name in names:
            _link(Path(place) / name, folder / name)
    os.replace(partial, target)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise
        shutil.copy2(source, target)  # another disk, or one without links
