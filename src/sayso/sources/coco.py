"""COCO: photographs with boxes from an instances file and, if there is one, sentences from a captions file.

The files are those of COCO 2017 (Lin et al. 2014, arXiv:1405.0312) and of the many tools that export the same shape:
`images`, `annotations` with `bbox` [x, y, width, height] in pixels, `categories`, `licenses`. A picture is opened only for
its size; an annotation that cannot be used becomes a BadRow and its picture goes on without it. Masks and key points are
not read.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from sayso.errors import DataError
from sayso.records import AnnotatedItem, AnnotatedObject, Media
from sayso.sources._assemble import check_size, without_repeats
from sayso.sources._boxes import from_corner
from sayso.sources._files import decode_each, read_whole
from sayso.sources._media import probe_image
from sayso.sources._protocol import BadRow, Source, sources

__all__ = ["Category", "Coco", "coco", "ImageRow", "InstanceRow", "make_object"]

NUM_OTHERS = 8
LOOK_AHEAD = 40  # pictures, so that a file of any length is read in one pass


class ImageRow(msgspec.Struct, frozen=True):
    """An entry of `images`; sizes are not needed, the file knows better."""

    id: int
    file_name: str
    width: int | None = None
    height: int | None = None
    license: int | None = None


class InstanceRow(msgspec.Struct, frozen=True):
    """An entry of `annotations` of an instances file."""

    id: int
    image_id: int
    category_id: int
    bbox: tuple[float, float, float, float]
    iscrowd: int = 0


class CaptionRow(msgspec.Struct, frozen=True):
    """An entry of `annotations` of a captions file."""

    id: int
    image_id: int
    caption: str


class Category(msgspec.Struct, frozen=True):
    """An entry of `categories`."""

    id: int
    name: str


class License(msgspec.Struct, frozen=True):
    """An entry of `licenses`."""

    id: int
    name: str = ""
    url: str = ""


class Instances(msgspec.Struct, frozen=True):
    """An instances file; pictures and annotations are typed one by one, so that a bad one is bad alone."""

    images: list[msgspec.Raw]
    annotations: list[msgspec.Raw]
    categories: list[Category]
    licenses: list[License] = []


class Captions(msgspec.Struct, frozen=True):
    """A captions file; its images are those of the instances file."""

    annotations: list[msgspec.Raw]


A = TypeVar("A", InstanceRow, CaptionRow)


@sources.register("coco")
def coco(*, instances: str, images: str, captions: str | None = None, split: str = "") -> Source:
    """Photographs of a COCO instances file, in file order.

    Args:
        instances: path of `instances_*.json`.
        images: folder of the pictures.
        captions: path of `captions_*.json`.
        split: what `AnnotatedItem.split` says.
    """
    return Coco(
        instances=Path(instances), images=Path(images), captions=Path(captions) if captions else None, split=split
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Coco:
    """The source: one instances file, its folder of pictures, and perhaps captions."""

    instances: Path
    images: Path
    captions: Path | None = None
    split: str = ""

    def items(self) -> Iterator[AnnotatedItem | BadRow]:
        """One item a picture; the bad annotations of a picture come just before it, those of no picture at the end.

        Its `vocabulary` of labels are the categories of the file, and `elsewhere` holds captions of other pictures.

        Raises:
            DataError: a file is missing or is not a COCO file.
        """
        file = read_whole(self.instances, Instances)
        names = {category.id: category.name for category in file.categories}
        licenses = {entry.id: entry.name or entry.url or str(entry.id) for entry in file.licenses}
        pictures = list(decode_each(file.images, ImageRow, place=f"{self.instances}: images"))
        known = {image.id for _, image in pictures if isinstance(image, ImageRow)}
        boxes, bad = _group(file.annotations, InstanceRow, place=str(self.instances), known=known)
        sentences, bad_sentences = self._load_captions(known)
        vocabulary = {"label": tuple(sorted({name for name in names.values() if name.strip()}))}
        others = _Others(boxes, sentences)

        def found() -> Iterator[tuple[str, AnnotatedItem | BadRow]]:
            for place, image in pictures:
                if isinstance(image, BadRow):
                    yield place, image
                    continue
                for item in self._item(image, boxes.get(image.id, []), names, sentences.get(image.id, []), licenses):
                    whole = isinstance(item, AnnotatedItem)
                    yield place, replace(item, vocabulary=vocabulary, elsewhere=others.of(image.id)) if whole else item

        yield from without_repeats(found())
        yield from bad + bad_sentences

    def _load_captions(self, known: set[int]) -> tuple[dict[int, list[CaptionRow]], list[BadRow]]:
        if self.captions is None:
            return {}, []
        file = read_whole(self.captions, Captions)
        return _group(file.annotations, CaptionRow, place=str(self.captions), known=known)

    def _item(
        self,
        image: ImageRow,
        rows: list[InstanceRow],
        names: dict[int, str],
        sentences: list[CaptionRow],
        licenses: dict[int, str],
    ) -> Iterator[AnnotatedItem | BadRow]:
        try:
            media = self._probe(image)
        except DataError as error:
            yield BadRow(place=f"{self.instances}: image {image.id}", reason=str(error))
            return
        objects = []
        for row in rows:
            try:
                objects.append(make_object(row, names, media))
            except DataError as error:
                yield BadRow(place=f"{self.instances}: annotation {row.id}", reason=str(error))
        for sentence in sentences:
            if not sentence.caption.strip():
                reason = f"the caption {sentence.caption!r} has no words; write or remove it"
                yield BadRow(place=f"{self.captions}: annotation {sentence.id}", reason=reason)
        yield AnnotatedItem(
            id="-".join(
                part for part in ("coco", self.split, str(image.id)) if part
            ),  # exports number every split from 0
            source="coco",
            split=self.split,
            group=str(image.id),
            license="" if image.license is None else licenses.get(image.license, str(image.license)),
            media=(media,),
            objects=tuple(objects),
            captions=tuple(text for row in sentences if (text := " ".join(row.caption.split()))),
        )

    def _probe(self, image: ImageRow) -> Media:
        media = probe_image(Path(image.file_name), root=self.images)
        return check_size(media, stated=(image.width or 0, image.height or 0))


class _Others:
    """Captions of other pictures: of those that come next in the file and show some class that this one lacks."""

    def __init__(self, boxes: dict[int, list[InstanceRow]], sentences: dict[int, list[CaptionRow]]) -> None:
        self._classes = {image: {row.category_id for row in rows} for image, rows in boxes.items()}
        self._captions = [(image, " ".join(rows[0].caption.split())) for image, rows in sentences.items() if rows]
        self._places = {image: place for place, (image, _) in enumerate(self._captions)}

    def of(self, image: int) -> dict[str, tuple[str, ...]]:
        """What `AnnotatedItem.elsewhere` says; round and round, from the picture on."""
        start, count = self._places.get(image, -1) + 1, len(self._captions)
        nearby = (self._captions[(start + step) % count] for step in range(min(LOOK_AHEAD, count)))
        shown = self._classes.get(image, set())
        texts = [text for other, text in nearby if other != image and text and self._classes.get(other, set()) - shown]
        return {"captions": tuple(dict.fromkeys(texts))[:NUM_OTHERS]} if texts else {}


def make_object(row: InstanceRow, names: dict[int, str], media: Media) -> AnnotatedObject:
    """The object of an annotation.

    Raises:
        DataError: its category is not one of `names`, or its box cannot be used.
    """
    if row.category_id not in names:
        raise DataError(
            f"category {row.category_id} is not among the file's categories; add it or remove the annotation"
        )
    region = from_corner(row.bbox, media=media)
    return AnnotatedObject(label=names[row.category_id], region=region, crowd=row.iscrowd == 1)


def _group(
    annotations: list[msgspec.Raw], kind: type[A], *, place: str, known: set[int]
) -> tuple[dict[int, list[A]], list[BadRow]]:
    """Annotations by image, and those that are malformed or belong to no image of the file."""
    groups: dict[int, list[A]] = defaultdict(list)
    bad: list[BadRow] = []
    for _, row in decode_each(annotations, kind, place=f"{place}: annotations"):
        if isinstance(row, BadRow):
            bad.append(row)
        elif row.image_id in known:
            groups[row.image_id].append(row)
        else:
            reason = f"image {row.image_id} is not among the file's images; add it or remove the annotation"
            bad.append(BadRow(place=f"{place}: annotation {row.id}", reason=reason))
    return groups, bad
