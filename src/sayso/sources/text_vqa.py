"""TextVQA: questions that are answered by reading, ten answers each (Singh et al. 2019, arXiv:1904.08920).

A file has its rows under `data`; pictures are named by `image_id`. Answers are ordered as those of VQAv2; that a question
needs no reading, which some people said in place of an answer, is none. Questions have the kind `text`. A file of words found
by a machine (`TextVQA_Rosetta_OCR_*.json`) may be given: they become objects with text, and a word whose box leaves the
picture is told and left out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
from msgspec.structs import replace

from sayso.errors import DataError
from sayso.records import AnnotatedItem, AnnotatedObject
from sayso.sources._asking import Album, Asked, Per, gather, make_question, rank_answers, split_up
from sayso.sources._assemble import clean
from sayso.sources._boxes import to_region
from sayso.sources._files import read_rows
from sayso.sources._protocol import BadRow, Source, sources

__all__ = ["text_vqa", "TextVqa"]

NO_ANSWER = "answering does not require reading text in the image"


class Row(msgspec.Struct, frozen=True):
    """One question."""

    question_id: int
    image_id: str
    question: str
    answers: tuple[str, ...] = ()


class Box(msgspec.Struct, frozen=True):
    """Where a word is, in parts of width and height; its turn is not used."""

    top_left_x: float
    top_left_y: float
    width: float
    height: float


class Word(msgspec.Struct, frozen=True):
    """A word that was read in a picture."""

    word: str
    bounding_box: Box


class Reading(msgspec.Struct, frozen=True):
    """What a machine read in one picture."""

    image_id: str
    ocr_info: tuple[Word, ...] = ()


@sources.register("text_vqa")
def text_vqa(
    *, path: str, images: str, ocr: str | None = None, min_votes: int = 1, per: Per = "question", split: str = ""
) -> Source:
    """Pictures with their questions, in file order.

    Args:
        path: path of `TextVQA_0.5.1_*.json`.
        images: folder of the pictures.
        ocr: path of `TextVQA_Rosetta_OCR_*.json`.
        min_votes: how many people must have given an answer other than the first for it to be accepted.
        per: what one item is.
        split: what `AnnotatedItem.split` says.
    """
    words = Path(ocr) if ocr is not None else None
    return TextVqa(path=Path(path), images=Path(images), ocr=words, min_votes=min_votes, per=per, split=split)


@dataclass(frozen=True, kw_only=True, slots=True)
class TextVqa:
    """The source: one file, a folder of pictures, and perhaps the words in them."""

    path: Path
    images: Path
    ocr: Path | None = None
    min_votes: int = 1
    per: Per = "question"
    split: str = ""

    def items(self) -> Iterator[AnnotatedItem | BadRow]:
        """One item a question, or a picture.

        Raises:
            DataError: a file is missing or is no file of TextVQA.
        """
        words: dict[str, tuple[Word, ...]] = {}
        for place, row in read_rows(self.ocr, Reading, under="data") if self.ocr is not None else ():
            if isinstance(row, BadRow):
                yield BadRow(place=place, reason=row.reason)
            else:
                words[row.image_id] = row.ocr_info
        album = Album(source="text_vqa", images=self.images, split=self.split, per="picture")
        for item in gather(album, self._rows(), place=str(self.path)):
            for one in (item,) if isinstance(item, BadRow) else self._add_words(item, words):
                yield from (one,) if isinstance(one, BadRow) else split_up(one, per=self.per)

    def _rows(self) -> Iterator[Asked | BadRow]:
        for place, row in read_rows(self.path, Row, under="data"):
            if isinstance(row, BadRow):
                yield row
                continue
            answers = rank_answers(((said, 1.0) for said in row.answers if said != NO_ANSWER), min_votes=self.min_votes)
            try:
                question = make_question(row.question, answers, kind="text")
            except DataError as error:
                yield BadRow(place=f"{place} (question {row.question_id})", reason=str(error))
                continue
            yield Asked(place, row.image_id, (f"{row.image_id}.jpg", f"{row.image_id}.png"), question)

    def _add_words(
        self, item: AnnotatedItem, words: Mapping[str, tuple[Word, ...]]
    ) -> Iterator[AnnotatedItem | BadRow]:
        objects = []
        size = (item.media[0].width, item.media[0].height)
        for position, word in enumerate(words.get(item.group, ())):
            try:
                objects.append(_make_object(word, size))
            except DataError as error:
                yield BadRow(place=f"{self.ocr}: image {item.group}, word {position}", reason=str(error))
        yield replace(item, objects=tuple(objects))


def _make_object(word: Word, size: tuple[int, int]) -> AnnotatedObject:
    box, (width, height) = word.bounding_box, size
    left, top = box.top_left_x * width, box.top_left_y * height
    region = to_region((left, top, left + box.width * width, top + box.height * height), size=size)
    if not (text := clean(word.word)):
        raise DataError(f"the word {word.word!r} has no letters; remove it")
    return AnnotatedObject(label="text", region=region, text=text)
