"""RefCOCO, RefCOCO+ and RefCOCOg: what people say to tell one object of a photograph from the others.

The expressions (Yu et al. 2016, arXiv:1608.00272; Mao et al. 2016, arXiv:1511.02283) name annotations of COCO, whose
instances file has the boxes and the pictures. Three shapes of expressions are read: `refs` as a JSON list, the Google
RefExp file (`annotations` with `refexp_ids`, `refexps`), and lines of `annotation_id` and `refexp`. The `refs(...).p`
that UNC published are pickles: reading one runs whatever code it holds, so they are refused and the message says how to
convert a file that you trust.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import msgspec

from sayso.errors import DataError
from sayso.records import AnnotatedItem, Phrase
from sayso.sources._assemble import Folders, as_paths, check_size, one_line, probe_first
from sayso.sources._boxes import from_corner
from sayso.sources._files import decode_each, read_entries, read_file, read_rows, read_whole
from sayso.sources._protocol import BadRow, Source, sources
from sayso.sources.coco import Category, ImageRow, InstanceRow, make_object

__all__ = ["Refcoco", "refcoco"]

PICKLE = b"\x80"
CONVERT = (
    """type: python -c "import json, pickle; json.dump(pickle.load(open('refs(unc).p', 'rb')), open('refs.json', 'w'))" """
).strip()


class Sentence(msgspec.Struct, frozen=True):
    """One expression; `raw` is as it was typed, `sent` in lower case."""

    raw: str = ""
    sent: str = ""


class Ref(msgspec.Struct, frozen=True):
    """One entry of `refs`."""

    ann_id: int
    sentences: tuple[Sentence, ...]
    split: str = ""


class Line(msgspec.Struct, frozen=True):
    """One line of annotation and expression."""

    annotation_id: int
    refexp: str


class Referent(msgspec.Struct, frozen=True):
    """One entry of `annotations` of a Google RefExp file."""

    annotation_id: int
    refexp_ids: tuple[int, ...] = ()


class Instances(msgspec.Struct, frozen=True):
    """An instances file; its pictures and annotations are typed one by one."""

    images: list[msgspec.Raw]
    annotations: list[msgspec.Raw]
    categories: list[Category]


Said: TypeAlias = dict[int, list[tuple[str, str]]]
"""By annotation: the places and the texts of what is said of it."""


@sources.register("refcoco")
def refcoco(*, refs: str, instances: str, images: Folders, split: str = "") -> Source:
    """Photographs with referring expressions.

    Args:
        refs: path of the expressions, in one of the three shapes.
        instances: path of the instances file of COCO that the expressions name annotations of.
        images: folder of the photographs of COCO 2014, or several.
        split: which part of `refs` to read (`train`, `val`, `testA` ...), where it names parts; all without it.
    """
    return Refcoco(refs=Path(refs), instances=Path(instances), images=as_paths(images), split=split)


@dataclass(frozen=True, kw_only=True, slots=True)
class Refcoco:
    """The source: expressions, instances and the folders of the photographs."""

    refs: Path
    instances: Path
    images: tuple[Path, ...]
    split: str = ""

    def items(self) -> Iterator[AnnotatedItem | BadRow]:
        """One item a photograph of which something is said, with all of its objects; bad annotations just before it.

        Raises:
            DataError: a file is missing, is a pickle or has another shape.
        """
        said: Said = defaultdict(list)
        for place, found in self.expressions():
            if isinstance(found, BadRow):
                yield found
            else:
                said[found[0]].append((place, found[1]))
        file = read_whole(self.instances, Instances)
        names = {category.id: category.name for category in file.categories}
        boxes: dict[int, list[tuple[str, InstanceRow]]] = defaultdict(list)
        for place, row in decode_each(file.annotations, InstanceRow, place=f"{self.instances}: annotations"):
            if isinstance(row, BadRow):
                yield row
            else:
                boxes[row.image_id].append((place, row))
        for _, image in decode_each(file.images, ImageRow, place=f"{self.instances}: images"):
            if isinstance(image, BadRow):
                yield image
                continue
            own = {row.id: said.pop(row.id) for _, row in boxes[image.id] if row.id in said}
            if own:
                yield from self._rows(image, boxes[image.id], own, names)
        for number, texts in said.items():
            for place, _ in texts:
                reason = f"annotation {number} is not in {self.instances}; give the instances of the same pictures"
                yield BadRow(place=place, reason=reason)

    def expressions(self) -> Iterator[tuple[str, tuple[int, str] | BadRow]]:
        """`(place, (annotation, text))` for everything that is said, in the order of the file.

        Raises:
            DataError: the file is missing, is a pickle or has another shape.
        """
        data = read_file(self.refs)
        if data.startswith(PICKLE) or self.refs.suffix in (".p", ".pkl", ".pickle"):
            raise DataError(
                f"{self.refs} is a pickle, which may run any code and is not read; if you trust it, {CONVERT}"
            )
        if data.lstrip().startswith(b"["):
            return _from_refs(self.refs, self.split)
        return _from_google(self.refs) if b'"refexps"' in data else _from_lines(self.refs)

    def _rows(
        self, image: ImageRow, boxes: list[tuple[str, InstanceRow]], said: Said, names: dict[int, str]
    ) -> Iterator[AnnotatedItem | BadRow]:
        try:
            media = probe_first([image.file_name], roots=self.images)
            check_size(media, stated=(image.width or 0, image.height or 0))
        except DataError as error:
            for place, _ in (entry for texts in said.values() for entry in texts):
                yield BadRow(place=place, reason=str(error))
            return
        objects, phrases = [], []
        for place, row in boxes:
            try:
                thing = make_object(row, names, media)
            except DataError as error:
                yield BadRow(place=place, reason=str(error))
                yield from (
                    BadRow(place=spot, reason=f"its annotation is bad: {error}") for spot, _ in said.get(row.id, ())
                )
                continue
            objects.append(thing)
            for spot, text in said.get(row.id, ()):
                phrase = Phrase(text=text, region=from_corner(row.bbox, media=media), unique=True)
                if phrase in phrases:
                    yield BadRow(
                        place=spot, reason=f"{text!r} was said before of annotation {row.id}; remove one of the two"
                    )
                else:
                    phrases.append(phrase)
        if phrases:
            yield AnnotatedItem(
                id=f"refcoco-{image.id}",
                source="refcoco",
                split=self.split,
                group=str(image.id),
                media=(media,),
                objects=tuple(objects),
                phrases=tuple(phrases),
                vocabulary={"label": tuple(sorted(set(names.values())))},
            )


def _from_refs(path: Path, split: str) -> Iterator[tuple[str, tuple[int, str] | BadRow]]:
    for place, row in read_rows(path, Ref):
        if isinstance(row, BadRow):
            yield place, row
        elif not split or row.split == split:
            for sentence in row.sentences:
                yield place, _told(row.ann_id, sentence.raw or sentence.sent, place)


def _from_lines(path: Path) -> Iterator[tuple[str, tuple[int, str] | BadRow]]:
    for place, row in read_rows(path, Line):
        yield place, row if isinstance(row, BadRow) else _told(row.annotation_id, row.refexp, place)


def _from_google(path: Path) -> Iterator[tuple[str, tuple[int, str] | BadRow]]:
    texts = {key: (place, text) for place, key, text in read_entries(path, Sentence, under="refexps")}
    for place, _, row in read_entries(path, Referent, under="annotations"):
        if isinstance(row, BadRow):
            yield place, row
            continue
        for number in row.refexp_ids:
            spot, text = texts.get(
                str(number), (place, BadRow(place=place, reason=f"refexp {number} is not in the file"))
            )
            yield spot, text if isinstance(text, BadRow) else _told(row.annotation_id, text.raw, spot)


def _told(number: int, text: str, place: str) -> tuple[int, str] | BadRow:
    try:
        return number, one_line(text, what="expression")
    except DataError as error:
        return BadRow(place=place, reason=str(error))
