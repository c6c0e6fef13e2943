"""Pascal VOC: `Annotations` of XML beside `JPEGImages`, with `ImageSets/Main` where there are splits."""

from collections.abc import Iterator
from pathlib import Path

from sayso.pipeline.initialising._finding import Entry, Finder, Finding, Look, finders, role_of

__all__ = ["voc"]

WHOLE = ("train", "val", "test", "trainval")


@finders.register("voc")
def voc() -> Finder:
    """Folders in VOC's layout."""
    return _Voc()


class _Voc:
    def find(self, look: Look) -> Iterator[Finding]:
        """One finding for each folder with `Annotations`."""
        by_folder: dict[Path, list[Path]] = {}
        for file in look.listing.others:
            if file.suffix.lower() == ".xml":
                by_folder.setdefault(file.parent, []).append(file)
        for folder, files in by_folder.items():
            if _is_voc(files[0]):
                yield _found(look, folder.parent, files) if folder.name == "Annotations" else _elsewhere(folder, files)


def _elsewhere(folder: Path, files: list[Path]) -> Finding:
    told = f"{folder} holds {len(files):,} annotations of Pascal VOC"
    reason = f"they are read from a folder called Annotations with JPEGImages beside it; rename {folder.name}"
    return Finding(told=told, takes=frozenset(files), not_carried={str(folder): reason})


def _is_voc(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            head = opened.read(4096)
    except OSError:
        return False
    return b"<annotation" in head


def _found(look: Look, folder: Path, files: list[Path]) -> Finding:
    told = f"{folder} is in the layout of Pascal VOC: {len(files):,} annotations"
    stems = {file.stem for file in files[:20]}
    own, known = folder / "JPEGImages", look.listing.pictures
    shown = [path for path in known if any(picture.stem in stems for picture in known[path])]
    images = own if any(path.is_relative_to(own) for path in known) or not shown else shown[0]
    if images not in shown and images not in known:
        reason = f"there are no pictures in {images}"
        return Finding(told=told, takes=frozenset(files), not_carried={str(folder): reason})
    splits = [name for name in WHOLE if (folder / "ImageSets" / "Main" / f"{name}.txt").is_file()]
    if "train" in splits:
        splits = [name for name in splits if name != "trainval"]
    options = {"folder": str(folder)} | ({"images": str(images)} if images != own else {})
    entries = [Entry(name="voc", options={**options, "split": name}, role=role_of(name) or "train") for name in splits]
    if splits:
        told += f", splits {', '.join(splits)}"
    takes = frozenset(files)
    return Finding(told=told, entries=tuple(entries) or (Entry(name="voc", options=options),), takes=takes)
