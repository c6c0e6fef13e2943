"""Visual7W: questions with four choices, in words (telling) or as boxes (pointing) (Zhu et al. 2016, arXiv:1511.03416).

A file holds `images` with their `qa_pairs`; which of the two it is shows in what the answers are. `answer` and the three
`multiple_choices` become the options of a question, in an order that does not tell which is right; in the pointing file they
are numbers of its `boxes`. A question whose right box is also a wrong one, or lies outside its picture, is told and left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import msgspec

from sayso.errors import DataError
from sayso.records import AnnotatedItem, Media, Question, Region
from sayso.sources._asking import Album, Per, draw_elsewhere, make_question, split_up
from sayso.sources._assemble import clean
from sayso.sources._boxes import from_corner
from sayso.sources._files import decode_each, read_rows, read_whole
from sayso.sources._protocol import BadRow, Source, sources

__all__ = ["Visual7w", "visual7w"]


class PairRow(msgspec.Struct, frozen=True):
    """A question with its answer and the wrong choices: words, or numbers of boxes."""

    qa_id: int
    question: str
    answer: str | int
    multiple_choices: tuple[str | int, ...] = ()


class ImageRow(msgspec.Struct, frozen=True):
    """A picture and what is asked about it."""

    image_id: int
    filename: str
    split: str = ""
    qa_pairs: tuple[msgspec.Raw, ...] = ()


class BoxRow(msgspec.Struct, frozen=True, gc=False):
    """A box, in pixels."""

    box_id: int
    x: float
    y: float
    width: float
    height: float


class Head(msgspec.Struct, frozen=True):
    """Whether the file has boxes."""

    boxes: msgspec.Raw = msgspec.Raw(b"")


class Picture(NamedTuple):
    """A picture and its questions as they stand in the file, those which cannot be read being told."""

    place: str
    row: ImageRow
    pairs: list[PairRow]


@sources.register("visual7w")
def visual7w(*, path: str, images: str, per: Per = "question", split: str = "") -> Source:
    """Pictures with their questions, in file order.

    Args:
        path: path of `dataset_v7w_telling.json` or `dataset_v7w_pointing.json`.
        images: folder of the pictures.
        per: what one item is.
        split: `train`, `val` or `test` for the pictures of that split; by default all.
    """
    return Visual7w(path=Path(path), images=Path(images), per=per, split=split)


@dataclass(frozen=True, kw_only=True, slots=True)
class Visual7w:
    """The source: one file and a folder of pictures."""

    path: Path
    images: Path
    per: Per = "question"
    split: str = ""

    def items(self) -> Iterator[AnnotatedItem | BadRow]:
        """One item a question, or a picture; the questions that cannot be used come just before it.

        Raises:
            DataError: the file is missing or is no file of Visual7W.
        """
        album = Album(source="visual7w", images=self.images, split=self.split, per=self.per)
        boxes: dict[int, BoxRow] = {}
        has_boxes = bool(bytes(read_whole(self.path, Head).boxes))
        for _, box in read_rows(self.path, BoxRow, under="boxes") if has_boxes else ():
            if isinstance(box, BadRow):
                yield box
            else:
                boxes[box.box_id] = box
        pictures = []
        for row in self._pictures():
            if isinstance(row, BadRow):
                yield row
            else:
                pictures.append(row)
        pool = [
            (str(one.row.image_id), text) for one in pictures for pair in one.pairs if (text := clean(pair.question))
        ]
        for picture in pictures:
            yield from _make_item(picture, album, boxes, pool)

    def _pictures(self) -> Iterator[Picture | BadRow]:
        for place, row in read_rows(self.path, ImageRow, under="images"):
            if isinstance(row, BadRow):
                yield row
                continue
            pairs = []
            raws = row.qa_pairs if self.split in ("", row.split) else ()
            for _, pair in decode_each(raws, PairRow, place=f"{place}, question"):
                if isinstance(pair, BadRow):
                    yield pair
                else:
                    pairs.append(pair)
            if pairs:
                yield Picture(place, row, pairs)


def _make_item(
    picture: Picture, album: Album, boxes: Mapping[int, BoxRow], pool: Sequence[tuple[str, str]]
) -> Iterator[AnnotatedItem | BadRow]:
    group, place = str(picture.row.image_id), picture.place
    try:
        media = album.probe([picture.row.filename])
    except DataError as error:
        yield BadRow(place=place, reason=f"{error} ({len(picture.pairs)} questions about it are left out)")
        return
    questions = []
    for pair in picture.pairs:
        try:
            questions.append(_ask(pair, media, boxes))
        except DataError as error:
            yield BadRow(place=f"{place}, question {pair.qa_id}", reason=str(error))
    name = album.name(group)
    item = AnnotatedItem(
        id=name,
        source=album.source,
        split=album.split or picture.row.split,
        group=group,
        media=(media,),
        questions=tuple(questions),
        elsewhere=draw_elsewhere(pool, name=name, group=group, own=(question.text for question in questions)),
    )
    yield from split_up(item, per=album.per)


def _ask(pair: PairRow, media: Media, boxes: Mapping[int, BoxRow]) -> Question:
    choices = {pair.answer, *pair.multiple_choices}
    if len(choices) < 1 + len(pair.multiple_choices):
        raise DataError(f"choices {[pair.answer, *pair.multiple_choices]} are not all different; correct or remove it")
    if len(choices) < 2:
        raise DataError(f"the answer {pair.answer!r} has no wrong choices beside it; use the whole file")
    numbers = [choice for choice in choices if isinstance(choice, int)]
    if not numbers and isinstance(pair.answer, str):
        words = [choice for choice in choices if isinstance(choice, str)]
        return make_question(pair.question, [pair.answer], options=sorted(words))
    if len(numbers) < len(choices) or not isinstance(pair.answer, int):
        raise DataError(f"choices {[pair.answer, *pair.multiple_choices]} are words and numbers; correct or remove it")
    regions = {number: _find(number, media, boxes) for number in numbers}
    if not (text := clean(pair.question)):
        raise DataError(f"the question {pair.question!r} has no words; write or remove it")
    right = regions[pair.answer]
    if sum(region == right for region in regions.values()) > 1:
        raise DataError(f"a wrong choice of question {pair.qa_id} is the box of the right one; remove it")
    return Question(text=text, boxes=tuple(sorted(set(regions.values()), key=_corner)), answer_box=right)


def _find(number: int, media: Media, boxes: Mapping[int, BoxRow]) -> Region:
    if number not in boxes:
        raise DataError(f"box {number} is not among the file's boxes; use the pointing file as it was published")
    box = boxes[number]
    return from_corner((box.x, box.y, box.width, box.height), media=media)


def _corner(region: Region) -> tuple[float, float, float, float]:
    return (region.y1, region.x1, region.y2, region.x2)
