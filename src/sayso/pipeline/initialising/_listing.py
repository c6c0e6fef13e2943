"""What lies in a folder, looked at within bounds: so many files, so deep, so long; links that leave the folder are not followed.

A folder of a million files, a circle of links or a directory that may not be read costs a note, never a crash or an hour.
"""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

__all__ = ["IMAGE_SUFFIXES", "list_folder", "Listing"]

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff"})
MAX_FILES = 50_000
MAX_DEPTH = 8
MAX_SECONDS = 20.0
MAX_ROOTS = 300


@dataclass(frozen=True)
class Listing:
    """The files below `root`, sorted, and what was not looked at."""

    root: Path
    files: tuple[Path, ...]
    notes: tuple[str, ...] = field(default=())

    @cached_property
    def pictures(self) -> dict[Path, list[Path]]:
        """Picture files by the folder they are in, told by their suffix."""
        found: dict[Path, list[Path]] = {}
        for file in self.files:
            if file.suffix.lower() in IMAGE_SUFFIXES:
                found.setdefault(file.parent, []).append(file)
        return found

    @cached_property
    def others(self) -> tuple[Path, ...]:
        """Files that are no pictures."""
        return tuple(file for file in self.files if file.suffix.lower() not in IMAGE_SUFFIXES)

    def root_of(self, names: list[str], *, near: Path) -> Path | None:
        """The folder below which most of the `names` of pictures are found; the nearer to `near` first. None where there is none."""
        best, most = None, 0
        for folder in self._roots(near):
            hits = sum(_is_file(folder / name) for name in names)
            if hits > most:
                best, most = folder, hits
            if most == len(names):
                break
        return best

    def _roots(self, near: Path) -> Iterator[Path]:
        yield near.parent if near.is_file() else near
        seen = {near.parent}
        for number, folder in enumerate(self.pictures):
            for place in (folder, *folder.parents):
                if place not in seen and place.is_relative_to(self.root):
                    seen.add(place)
                    yield place
            if number > MAX_ROOTS:
                return


def list_folder(root: Path, *, max_files: int = MAX_FILES) -> Listing:
    """Walk `root` within the bounds; a plain file is a listing of one."""
    if root.is_file():
        return Listing(root=root.parent, files=(root,))
    walk = _Walk(root, max_files=max_files)
    files = tuple(sorted(walk.files()))
    return Listing(root=root, files=files, notes=tuple(walk.notes))


class _Walk:
    """One walk, with the notes that it leaves."""

    def __init__(self, root: Path, *, max_files: int) -> None:
        self._max_files = max_files
        self._root, self._real = root, root.resolve()
        self._until = time.monotonic() + MAX_SECONDS
        self.notes: list[str] = []

    def files(self) -> Iterator[Path]:
        """Every file, until a bound is met."""
        count, left_out, waiting = 0, 0, [(self._root, 0)]
        while waiting:
            folder, depth = waiting.pop(0)
            for entry in self._entries(folder):
                path = Path(entry.path)
                if entry.is_dir(follow_symlinks=False):
                    if depth < MAX_DEPTH and not entry.name.startswith("."):
                        waiting.append((path, depth + 1))
                elif self._is_own(entry):
                    count += 1
                    yield path
                else:
                    left_out += 1
                if count >= self._max_files or time.monotonic() > self._until:
                    self.notes.append(
                        f"only the first {count:,} files were looked at; name a part of the folder to see the rest"
                    )
                    return
        if left_out:
            self.notes.append(
                f"{left_out} links and special files were not followed (they lead out of the folder or nowhere)"
            )

    def _entries(self, folder: Path) -> Iterator["os.DirEntry[str]"]:
        try:
            with os.scandir(folder) as entries:
                yield from entries
        except OSError as error:
            self.notes.append(f"{folder} cannot be read ({error.strerror or error})")

    def _is_own(self, entry: "os.DirEntry[str]") -> bool:
        """A file of the folder, or a link to one; not a pipe, and not a link to elsewhere, which no source would open."""
        try:
            if not entry.is_symlink():
                return entry.is_file()
            return entry.is_file() and Path(entry.path).resolve().is_relative_to(self._real)
        except (OSError, RuntimeError):  # links in a circle
            return False


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that is too long, or with a zero byte
        return False
