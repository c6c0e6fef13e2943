"""NLVR's lines, and folders of Natural Instructions."""

from collections.abc import Iterator
from pathlib import Path

from sayso.pipeline.initialising._finding import Entry, Finder, Finding, Look, finders, role_of
from sayso.pipeline.initialising._peek import Peek

__all__ = ["lines"]

NLVR = {"sentence", "label", "identifier", "structured_rep"}
NATURAL = {"Definition", "Instances"}


@finders.register("lines")
def lines() -> Finder:
    """NLVR and Natural Instructions."""
    return _Lines()


class _Lines:
    def find(self, look: Look) -> Iterator[Finding]:
        """One finding for each NLVR file, and one for each folder of tasks."""
        folders: dict[Path, list[Path]] = {}
        for seen in look.peeks():
            if seen.entries.keys() >= NATURAL:
                folders.setdefault(seen.path.parent, []).append(seen.path)
            elif seen.rows and seen.rows[0].keys() >= NLVR and not seen.entries:
                yield _nlvr(seen)
        for folder, files in folders.items():
            told = f"{folder} holds {len(files):,} task files of Natural Instructions (text, no pictures)"
            entry = Entry(name="natural_instructions", options={"path": str(folder)})
            yield Finding(told=told, entries=(entry,), takes=frozenset(files))


def _nlvr(seen: Peek) -> Finding:
    told, takes = f"{seen.path} is a file of NLVR", frozenset({seen.path})
    images = seen.path.parent / "images"
    if not images.is_dir():
        return Finding(told=told, takes=takes, not_carried={str(seen.path): f"there is no folder {images}"})
    options = {"annotations": str(seen.path), "images": str(images), "split": seen.path.stem}
    entry = Entry(name="nlvr", options=options, role=role_of(seen.path.stem))
    return Finding(told=told, entries=(entry,), takes=takes)
