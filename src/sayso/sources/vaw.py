"""VAW: what objects in photographs look like, and what they do not look like (Pham et al. 2021, CVPR).

JSON arrays with one object of a Visual Genome photograph a row: its box, its name, the attributes that people said it has
and those they said it has not. One item is one photograph with all of its objects in the files given. An object that is
said both to have and to lack an attribute is a BadRow.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from sayso.errors import DataError
from sayso.records import AnnotatedItem, AnnotatedObject, Media
from sayso.sources._assemble import Folders, as_paths, common_words, one_line, probe_first, split_rows
from sayso.sources._boxes import from_corner
from sayso.sources._files import read_rows
from sayso.sources._protocol import BadRow, Source, sources

__all__ = ["Vaw", "vaw"]


class Row(msgspec.Struct, frozen=True):
    """One object; its outline is not read."""

    image_id: str | int
    instance_id: str | int
    instance_bbox: tuple[float, float, float, float]
    object_name: str
    positive_attributes: tuple[str, ...] = ()
    negative_attributes: tuple[str, ...] = ()


@sources.register("vaw")
def vaw(*, annotations: Folders, images: Folders, split: str = "") -> Source:
    """Photographs with objects and their attributes.

    Args:
        annotations: path of `val.json` or `test.json`, or several: `train_part1.json` and `train_part2.json`.
        images: folder of the photographs of Visual Genome, or several: `VG_100K` and `VG_100K_2`.
        split: what `AnnotatedItem.split` says.
    """
    return Vaw(annotations=as_paths(annotations), images=as_paths(images), split=split)


@dataclass(frozen=True, kw_only=True, slots=True)
class Vaw:
    """The source: the files of rows and the folders of the photographs."""

    annotations: tuple[Path, ...]
    images: tuple[Path, ...]
    split: str = ""

    def items(self) -> Iterator[AnnotatedItem | BadRow]:
        """One item a photograph, in the order of their first rows; its bad rows come just before it.

        Raises:
            DataError: a file is missing or is no JSON.
        """
        rows, bad = split_rows(_each_once(found for file in self.annotations for found in read_rows(file, Row)))
        yield from bad
        attributes = (word for _, row in rows for word in (*row.positive_attributes, *row.negative_attributes))
        words = {"label": common_words(row.object_name for _, row in rows), "attribute": common_words(attributes)}
        pictures: dict[str, list[tuple[str, Row]]] = defaultdict(list)
        for place, row in rows:
            pictures[str(row.image_id)].append((place, row))
        for picture, own in pictures.items():
            yield from self._rows(picture, own, words)

    def _rows(
        self, picture: str, rows: list[tuple[str, Row]], words: dict[str, tuple[str, ...]]
    ) -> Iterator[AnnotatedItem | BadRow]:
        objects = []
        media = None
        for place, row in rows:
            try:
                media = media or probe_first([f"{picture}.jpg", picture], roots=self.images)
                objects.append(_make_object(row, media))
            except DataError as error:
                yield BadRow(place=place, reason=str(error))
        if media and objects:
            yield AnnotatedItem(
                id=f"vaw-{picture}",
                source="vaw",
                split=self.split,
                group=picture,
                media=(media,),
                objects=tuple(objects),
                vocabulary=words,
            )


def _each_once(rows: Iterable[tuple[str, Row | BadRow]]) -> Iterator[tuple[str, Row | BadRow]]:
    first: dict[str, str] = {}
    for place, row in rows:
        if not isinstance(row, BadRow) and (before := first.setdefault(str(row.instance_id), place)) != place:
            yield (
                place,
                BadRow(place=place, reason=f"instance {row.instance_id} was read before, at {before}; remove one"),
            )
        else:
            yield place, row


def _make_object(row: Row, media: Media) -> AnnotatedObject:
    label = one_line(row.object_name, what="object_name")
    if both := sorted(set(row.positive_attributes) & set(row.negative_attributes)):
        raise DataError(f"{label!r} is said to have and to lack {both}; correct or remove the row")
    return AnnotatedObject(
        label=label,
        region=from_corner(row.instance_bbox, media=media),
        tags=tuple(filter(None, row.positive_attributes)),
        lacks=tuple(filter(None, row.negative_attributes)),
    )
