"""VCR: questions about film stills that need common sense, with four answers each (Zellers et al. 2019, arXiv:1811.10830).

A line names a picture, its metadata file with the boxes, the `objects` found in it, and a question and answers whose tokens
are words or lists of objects. An object is called by its class and its number from 1 (`person 1`), in the texts and as
`AnnotatedObject.name`. Questions have the kind `commonsense`, the four answers are their options. Rationales, masks and the
test split, which has no labels, are not used.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import msgspec
from msgspec.structs import replace

from sayso.errors import DataError
from sayso.records import AnnotatedItem, AnnotatedObject
from sayso.sources._asking import Album, Asked, Per, gather, make_question, split_up
from sayso.sources._boxes import to_region
from sayso.sources._files import read_rows, read_whole
from sayso.sources._protocol import BadRow, Source, sources

__all__ = ["Vcr", "vcr"]

Token: TypeAlias = str | tuple[int, ...]
CLOSING = re.compile(r" (?=[.,;:?!%)]|'(?:s|re|ve|ll|d|m)\b|n't\b)")  # tokens that are written without a space before


class Row(msgspec.Struct, frozen=True):
    """One line; `answer_label` is missing in the test split."""

    img_fn: str
    metadata_fn: str
    objects: tuple[str, ...]
    question: tuple[Token, ...]
    answer_choices: tuple[tuple[Token, ...], ...]
    answer_label: int | None = None


class Metadata(msgspec.Struct, frozen=True):
    """The boxes of a picture: corners in pixels, then how sure the detector was."""

    boxes: tuple[tuple[float, ...], ...]


@sources.register("vcr")
def vcr(*, path: str, images: str, per: Per = "question", split: str = "") -> Source:
    """Film stills with their questions, in file order.

    Args:
        path: path of `train.jsonl` or `val.jsonl`.
        images: folder `vcr1images` of the pictures and their metadata.
        per: what one item is.
        split: what `AnnotatedItem.split` says.
    """
    return Vcr(path=Path(path), images=Path(images), per=per, split=split)


@dataclass(frozen=True, kw_only=True, slots=True)
class Vcr:
    """The source: one file and the folder of its pictures and their metadata."""

    path: Path
    images: Path
    per: Per = "question"
    split: str = ""

    def items(self) -> Iterator[AnnotatedItem | BadRow]:
        """One item a question, or a picture.

        Raises:
            DataError: the file is missing or is no file of VCR.
        """
        album = Album(source="vcr", images=self.images, split=self.split, per="picture")
        metadata: dict[str, str] = {}
        for item in gather(album, self._rows(metadata), place=str(self.path)):
            for row in (item,) if isinstance(item, BadRow) else self._add_boxes(item, metadata[item.group]):
                yield from (row,) if isinstance(row, BadRow) else split_up(row, per=self.per)

    def _rows(self, metadata: dict[str, str]) -> Iterator[Asked | BadRow]:
        for place, row in read_rows(self.path, Row):
            if isinstance(row, BadRow):
                yield row
                continue
            try:
                yield _ask(row, place)
            except DataError as error:
                yield BadRow(place=place, reason=str(error))
                continue
            metadata[row.img_fn] = row.metadata_fn

    def _add_boxes(self, item: AnnotatedItem, name: str) -> Iterator[AnnotatedItem | BadRow]:
        """The item with a region for each object; one whose box cannot be used keeps its name, which the texts need."""
        try:
            boxes = _read_boxes(self.images, name, num_objects=len(item.objects))
        except DataError as error:
            yield BadRow(place=f"{self.path}: image {item.group}", reason=str(error))
            return
        objects = []
        for thing, box in zip(item.objects, boxes, strict=True):
            try:
                corners = (box[0], box[1], box[2], box[3])
                region = to_region(corners, size=(item.media[0].width, item.media[0].height))
                objects.append(replace(thing, region=region))
            except (DataError, IndexError) as error:
                yield BadRow(place=f"{self.images / name}: {thing.name}", reason=f"{error}; it is used without a box")
                objects.append(thing)
        yield replace(item, objects=tuple(objects))


def _ask(row: Row, place: str) -> Asked:
    names = [f"{label} {number}" for number, label in enumerate(row.objects, start=1)]
    choices = [_say(tokens, names) for tokens in row.answer_choices]
    if row.answer_label is None or not 0 <= row.answer_label < len(choices):
        raise DataError(
            f"answer_label {row.answer_label} is none of the {len(choices)} answers; use a split with labels"
        )
    if len(set(choices)) < len(choices):
        raise DataError(f"the answers {choices} are not all different; correct or remove the line")
    question = make_question(
        _say(row.question, names), [choices[row.answer_label]], options=sorted(choices), kind="commonsense"
    )
    objects = tuple(AnnotatedObject(label=label, name=name) for label, name in zip(row.objects, names, strict=True))
    return Asked(place, row.img_fn, (row.img_fn,), question, objects)


def _say(tokens: Sequence[Token], names: Sequence[str]) -> str:
    """Tokens as a sentence, objects by their names."""
    words = []
    for token in tokens:
        if isinstance(token, str):
            words.append(token)
        elif token and all(0 <= number < len(names) for number in token):
            *others, last = (names[number] for number in token)
            words.append(f"{', '.join(others)} and {last}" if others else last)
        else:
            raise DataError(f"a text names the objects {list(token)}, the line has {len(names)}; correct or remove it")
    return CLOSING.sub("", " ".join(words))


def _read_boxes(images: Path, name: str, *, num_objects: int) -> tuple[tuple[float, ...], ...]:
    root = images.resolve()
    try:
        path = (root / name).resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise DataError(f"metadata {name!r} is no path ({error}); correct the line") from error
    if not path.is_relative_to(root):
        raise DataError(f"metadata {name} leaves the folder {root}; correct the line")
    boxes = read_whole(path, Metadata).boxes
    if len(boxes) != num_objects:
        raise DataError(f"{path} has {len(boxes)} boxes for {num_objects} objects; use the files of one release")
    return boxes
