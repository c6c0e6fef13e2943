"""Published files of lines that have a source of their own (NLVR, VSR, POPE), and folders of Natural Instructions."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sayso.pipeline.initialising._finding import Entry, Finder, Finding, Look, finders, role_of
from sayso.pipeline.initialising._peek import Peek
from sayso.sources._vqa import coco_names

__all__ = ["lines"]

NLVR = {"sentence", "label", "identifier", "structured_rep"}
VSR = {"image", "caption", "label", "relation", "image_link"}
POPE = {"image", "text", "label"}
NATURAL = {"Definition", "Instances"}


@finders.register("lines")
def lines() -> Finder:
    """NLVR, VSR, POPE and Natural Instructions."""
    return _Lines()


class _Lines:
    def find(self, look: Look) -> Iterator[Finding]:
        """One finding for each file of lines, and one for each folder of tasks."""
        folders: dict[Path, list[Path]] = {}
        for seen in look.peeks():
            if seen.entries.keys() >= NATURAL:
                folders.setdefault(seen.path.parent, []).append(seen.path)
            elif seen.rows and seen.rows[0].keys() >= NLVR and not seen.entries:
                yield _nlvr(seen)
            elif seen.rows and seen.rows[0].keys() >= VSR:
                names = [
                    str(Path(str(row.get("image_link"))).parent.name) + f"/{row.get('image')}" for row in seen.rows
                ]
                yield _photographs(look, seen, names, Entry(name="vsr", options={"annotations": str(seen.path)}))
            elif seen.rows and seen.rows[0].keys() >= POPE and (numbers := _numbers(seen.rows)):
                names = [name for number in numbers for name in coco_names(number)]
                yield _photographs(look, seen, names, Entry(name="pope", options={"path": str(seen.path)}))
        for folder, files in folders.items():
            told = f"{folder} holds {len(files):,} task files of Natural Instructions (text, no pictures)"
            entry = Entry(name="natural_instructions", options={"path": str(folder)})
            yield Finding(told=told, entries=(entry,), takes=frozenset(files))


def _numbers(rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """The numbers of COCO's photographs of which yes or no is asked; empty where these are other rows."""
    named = [re.fullmatch(r"COCO_\w+_0*(\d+)\.jpg", str(row.get("image"))) for row in rows]
    asked = all(str(row.get("label")).lower() in ("yes", "no") for row in rows)
    return [int(match[1]) for match in named if match] if asked and all(named) else []


def _photographs(look: Look, seen: Peek, names: list[str], entry: Entry) -> Finding:
    """The finding of rows about photographs of COCO, which may lie in folders of their parts."""
    told, takes = f"{seen.path} is a file of {entry.name.upper()}", frozenset({seen.path})
    plain = [Path(name).name for name in names]
    root = look.listing.root_of(names, near=seen.path) or look.listing.root_of(plain, near=seen.path)
    if root is None:
        reason = f"its picture {seen.rows[0].get('image')!r} is nowhere in {look.listing.root}"
        return Finding(told=told, takes=takes, not_carried={str(seen.path): reason})
    role = role_of(seen.path.parent.name, seen.path.stem)
    found = Entry(name=entry.name, options={**entry.options, "images": str(root)}, role=role)
    return Finding(told=told, entries=(found,), takes=takes)


def _nlvr(seen: Peek) -> Finding:
    told, takes = f"{seen.path} is a file of NLVR", frozenset({seen.path})
    images = seen.path.parent / "images"
    if not images.is_dir():
        return Finding(told=told, takes=takes, not_carried={str(seen.path): f"there is no folder {images}"})
    options = {"annotations": str(seen.path), "images": str(images), "split": seen.path.stem}
    entry = Entry(name="nlvr", options=options, role=role_of(seen.path.stem))
    return Finding(told=told, entries=(entry,), takes=takes)
