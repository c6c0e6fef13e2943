"""COCO-Text: what is written in photographs of COCO, where, how and whether it can be read (Veit et al. 2016).

One JSON file of three maps: `imgs` by picture, `anns` by annotation (`bbox` as x, y, width, height in pixels, `utf8_string`
where it can be read, `legibility`, `class`), and `imgToAnns`, which is not needed. Both versions of the file are read.
An annotation that cannot be used is a BadRow and its picture goes on without it.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from sayso.errors import DataError
from sayso.records import AnnotatedItem, AnnotatedObject, Media
from sayso.sources._assemble import (
    Folders,
    as_paths,
    check_size,
    common_words,
    probe_first,
    without_repeats,
)
from sayso.sources._boxes import from_corner
from sayso.sources._files import read_entries
from sayso.sources._protocol import BadRow, Source, sources

__all__ = ["coco_text", "CocoText"]

TYPES = {"machine printed": "printed", "handwritten": "handwritten", "other": "other", "others": "other"}
LEGIBILITY = ("illegible", "legible")
WORDS = {"label": ("text",), "legibility": LEGIBILITY, "text_type": ("handwritten", "other", "printed")}


class ImageRow(msgspec.Struct, frozen=True):
    """An entry of `imgs`."""

    id: int | str
    file_name: str
    set: str = ""
    width: int = 0
    height: int = 0


class TextRow(msgspec.Struct, frozen=True):
    """An entry of `anns`; outlines and language are not read."""

    image_id: int | str
    bbox: tuple[float, float, float, float]
    legibility: str
    kind: str = msgspec.field(name="class")
    utf8_string: str = ""


@sources.register("coco_text")
def coco_text(*, annotations: str, images: Folders, split: str = "") -> Source:
    """Photographs with their texts.

    Args:
        annotations: path of `cocotext.v2.json` or `COCO_Text.json`.
        images: folder of the photographs of COCO 2014, or several.
        split: which of the file's sets (`train`, `val`, `test`) to read; all without it.
    """
    return CocoText(annotations=Path(annotations), images=as_paths(images), split=split)


@dataclass(frozen=True, kw_only=True, slots=True)
class CocoText:
    """The source: one file and the folders of the photographs."""

    annotations: Path
    images: tuple[Path, ...]
    split: str = ""

    def items(self) -> Iterator[AnnotatedItem | BadRow]:
        """One item a picture; its bad annotations come just before it, those of no picture at the end.

        Raises:
            DataError: the file is missing or is not of COCO-Text.
        """
        texts: dict[str, list[tuple[str, TextRow]]] = defaultdict(list)
        for place, _, text in read_entries(self.annotations, TextRow, under="anns"):
            if isinstance(text, BadRow):
                yield text
            else:
                texts[str(text.image_id)].append((place, text))
        words = WORDS | {"text": common_words(_clean(text) for own in texts.values() for _, text in own)}
        yield from without_repeats(self._pictures(texts, words))
        for place, text in (entry for left in texts.values() for entry in left):
            reason = f"image {text.image_id} is not among the file's images; add it or remove the annotation"
            yield BadRow(place=place, reason=reason)

    def _pictures(
        self, texts: dict[str, list[tuple[str, TextRow]]], words: dict[str, tuple[str, ...]]
    ) -> Iterator[tuple[str, AnnotatedItem | BadRow]]:
        for place, _, image in read_entries(self.annotations, ImageRow, under="imgs"):
            if isinstance(image, BadRow):
                yield place, image
                continue
            own = texts.pop(str(image.id), [])
            if not self.split or image.set == self.split:
                yield from ((place, row) for row in self._rows(image, place, own, words))

    def _rows(
        self, image: ImageRow, place: str, texts: list[tuple[str, TextRow]], words: dict[str, tuple[str, ...]]
    ) -> Iterator[AnnotatedItem | BadRow]:
        try:
            media = probe_first([image.file_name], roots=self.images)
            check_size(media, stated=(image.width, image.height))
        except DataError as error:
            yield BadRow(place=place, reason=str(error))
            return
        objects = []
        for text_place, text in texts:
            try:
                objects.append(_make_object(text, media))
            except DataError as error:
                yield BadRow(place=text_place, reason=str(error))
        yield AnnotatedItem(
            id=f"coco_text-{image.id}",
            source="coco_text",
            split=image.set,
            group=str(image.id),
            license="CC-BY-4.0",
            media=(media,),
            objects=tuple(objects),
            vocabulary=words,
        )


def _make_object(row: TextRow, media: Media) -> AnnotatedObject:
    if row.legibility not in LEGIBILITY:
        raise DataError(f"legibility {row.legibility!r} is neither legible nor illegible; correct or remove it")
    if row.kind not in TYPES:
        raise DataError(f"class {row.kind!r} is none of {', '.join(TYPES)}; correct or remove the annotation")
    return AnnotatedObject(
        label="text",
        region=from_corner(row.bbox, media=media),
        attributes={"legibility": row.legibility, "text_type": TYPES[row.kind]},
        text=_clean(row) or None,
    )


def _clean(row: TextRow) -> str:
    return " ".join(row.utf8_string.split())
