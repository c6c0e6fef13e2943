"""COCO's instances, each with the captions of the same pictures."""

from collections.abc import Iterator
from pathlib import Path

from sayso.pipeline.initialising._finding import Entry, Finder, Finding, Look, finders, role_of
from sayso.pipeline.initialising._peek import Peek

__all__ = ["coco"]


@finders.register("coco")
def coco() -> Finder:
    """COCO files."""
    return _Coco()


class _Coco:
    def find(self, look: Look) -> Iterator[Finding]:
        """One finding for each instances file, and one for what stands alone."""
        files = [seen for seen in look.peeks() if {"images", "annotations"} <= seen.entries.keys()]
        kinds = {seen.path: _kind(seen) for seen in files}
        captions = [seen for seen in files if kinds[seen.path] == "captions"]
        used: set[Path] = set()
        for seen in files:
            if kinds[seen.path] == "instances":
                partner = next((one for one in captions if _name(one) == _name(seen)), None)
                yield _found(look, seen, partner)
                used |= {seen.path} | ({partner.path} if partner else set())
        for seen in files:
            if seen.path not in used:
                why = {
                    "keypoints": "points of bodies are not read",
                    "captions": "there is no instances file of its pictures",
                }
                told = f"{seen.path} is a COCO {kinds[seen.path]} file"
                reason = why.get(kinds[seen.path], "its annotations have neither boxes nor captions")
                yield Finding(told=told, takes=frozenset({seen.path}), not_carried={str(seen.path): reason})


def _kind(seen: Peek) -> str:
    first = seen.first("annotations")
    if "keypoints" in first:
        return "keypoints"
    if "caption" in first:
        return "captions"
    return "instances" if {"bbox", "category_id"} <= first.keys() and "categories" in seen.entries else "other"


def _name(seen: Peek) -> str:
    return str(seen.first("images").get("file_name"))


def _found(look: Look, seen: Peek, captions: Peek | None) -> Finding:
    takes = frozenset({seen.path} | ({captions.path} if captions else set()))
    told = f"{seen.path} is a COCO instances file" + (f", {captions.path.name} its captions" if captions else "")
    root = look.listing.root_of([_name(seen)], near=seen.path)
    if root is None:
        reason = f"its picture {_name(seen)!r} is nowhere in {look.listing.root}"
        return Finding(told=told, takes=takes, not_carried={str(seen.path): reason})
    options = {"instances": str(seen.path), "images": str(root)} | (
        {"captions": str(captions.path)} if captions else {}
    )
    role = role_of(root.name, seen.path.stem)
    return Finding(told=told, entries=(Entry(name="coco", options=options, role=role),), takes=takes)
