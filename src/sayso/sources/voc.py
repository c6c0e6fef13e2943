"""Pascal VOC: photographs with one XML file of boxes each (Everingham et al. 2010), as labelling tools export it.

A folder holds `Annotations/*.xml`, `JPEGImages` and, to name splits, `ImageSets/Main/<split>.txt`. Boxes are corners in
pixels and stay as they are written: some tools count pixels from 0 and some from 1, which is within the pixel that a box
may be off. An object that cannot be used is a BadRow and its picture goes on without it; parts of objects are not read.

The XML is read by the standard library's expat with document types refused: entities are declared only there, so
that neither a file of the machine nor a bomb of nested entities can come in. That is what a further dependency would add.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from sayso.errors import DataError
from sayso.records import AnnotatedItem, AnnotatedObject, Media
from sayso.sources._assemble import check_size, common_words, probe_first, without_repeats
from sayso.sources._boxes import to_region
from sayso.sources._files import read_file
from sayso.sources._protocol import BadRow, Source, sources

__all__ = ["Voc", "voc"]

CORNERS = ("xmin", "ymin", "xmax", "ymax")
FLAGS = ("truncated", "difficult", "occluded")
MAX_DIGITS = 10
ENDINGS = (".jpg", ".jpeg", ".png", ".JPG", ".JPEG", ".PNG", ".bmp", ".tif")


@sources.register("voc")
def voc(*, folder: str, split: str = "", images: str | None = None) -> Source:
    """Pictures of a folder in the layout of Pascal VOC.

    Args:
        folder: the folder that holds `Annotations`.
        split: the list in `ImageSets/Main` to read, and what `AnnotatedItem.split` says; without it all annotations.
        images: folder of the pictures, by default `JPEGImages` in `folder`.
    """
    return Voc(folder=Path(folder), split=split, images=Path(images) if images else Path(folder) / "JPEGImages")


@dataclass(frozen=True, kw_only=True, slots=True)
class Voc:
    """The source: the folder, the split and the pictures."""

    folder: Path
    images: Path
    split: str = ""

    def items(self) -> Iterator[AnnotatedItem | BadRow]:
        """One item a file; the bad objects of a picture come just before it.

        Raises:
            DataError: there are no annotations, or no list of the split.
        """
        read = [(file, self._read(file)) for file in self._files()]
        roots = [root for _, root in read if not isinstance(root, BadRow)]
        words = common_words(_text(thing, "name") for root in roots for thing in root.iterfind("object"))
        yield from without_repeats(
            (str(file), row)
            for file, root in read
            for row in ([root] if isinstance(root, BadRow) else self._rows(root, file, words))
        )

    def _files(self) -> list[Path]:
        folder = self.folder / "Annotations"
        if self.split:
            listed = read_file(self.folder / "ImageSets" / "Main" / f"{self.split}.txt").decode(
                "utf-8-sig", errors="replace"
            )
            names = [line.split()[0] for line in listed.splitlines() if line.strip()]
            return [folder / f"{name}.xml" for name in dict.fromkeys(names)]
        if files := sorted(folder.glob("*.xml")):
            return files
        raise DataError(f"no XML files in {folder}; name the folder that holds `Annotations` as `folder`")

    def _read(self, file: Path) -> Element | BadRow:
        try:
            return _parse(read_file(file))
        except (DataError, ValueError, LookupError, expat.ExpatError) as error:  # of odd names and encodings too
            return BadRow(place=str(file), reason=f"{error}; give an annotation file of Pascal VOC")

    def _rows(self, root: Element, file: Path, words: tuple[str, ...]) -> Iterator[AnnotatedItem | BadRow]:
        try:
            media = self._probe(root, file)
        except DataError as error:
            yield BadRow(place=str(file), reason=str(error))
            return
        objects = []
        for number, thing in enumerate(root.iterfind("object")):
            try:
                objects.append(_make_object(thing, media))
            except DataError as error:
                yield BadRow(place=f"{file}: object {number}", reason=str(error))
        yield AnnotatedItem(
            id=f"voc-{file.stem}",
            source="voc",
            split=self.split,
            group=Path(media.path or file).stem,
            media=(media,),
            objects=tuple(objects),
            vocabulary={"label": words},
        )

    def _probe(self, root: Element, file: Path) -> Media:
        """The picture that the file names, else the one called as the file is."""
        names = [_text(root, "filename"), *(file.stem + ending for ending in ENDINGS)]
        media = probe_first([name for name in names if name], roots=[self.images])
        return check_size(media, stated=(_number(root, "size/width"), _number(root, "size/height")))


def _parse(data: bytes) -> Element:
    builder, parser = TreeBuilder(), expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.Parse(data, True)
    return builder.close()


def _refuse(name: str, *rest: object) -> None:
    raise DataError(f"the file declares the document type {name!r}, which no annotation needs and is not read")


def _text(node: Element, path: str) -> str:
    return " ".join((node.findtext(path) or "").split())


def _number(node: Element, path: str) -> int:
    """0 where there is none, as tools write that do not open the picture."""
    written = _text(node, path)
    return int(written) if written.isdecimal() and len(written) < MAX_DIGITS else 0


def _make_object(thing: Element, media: Media) -> AnnotatedObject:
    label = _text(thing, "name")
    if not label:
        raise DataError(f"an object has the blank name {thing.findtext('name')!r}; name it or remove it")
    written = [_text(thing, f"bndbox/{corner}") for corner in CORNERS]
    try:
        x1, y1, x2, y2 = map(float, written)
    except ValueError as error:
        raise DataError(f"{label!r} has corners {written}, not four numbers; correct or remove it") from error
    region = to_region((x1, y1, x2, y2), size=(media.width, media.height))
    attributes = {flag: "yes" for flag in FLAGS if _text(thing, flag) == "1"}
    pose = _text(thing, "pose").lower()
    if pose not in ("", "unspecified"):
        attributes["pose"] = pose
    return AnnotatedObject(label=label, region=region, attributes=attributes)
