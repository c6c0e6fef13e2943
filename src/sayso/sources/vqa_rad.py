"""VQA-RAD: clinicians' questions about radiology images (Lau et al. 2018, Scientific Data 5:180251).

A file is a list of rows; numbers as answers and stray spaces are read as they are meant. A row that repeats another one's
picture, question and answer is told and merged with it: nothing is asked twice, and nothing is lost. Other answers to a
question that was asked twice are accepted as well, but where they say yes and no nobody knows which is right, and all
of them are told and left out. Training and test file share pictures: `group` is the picture, in both alike. Not for
medical use.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import msgspec
from msgspec.structs import replace

from sayso.errors import DataError
from sayso.records import AnnotatedItem
from sayso.sources._asking import Album, Asked, Per, gather, make_question
from sayso.sources._assemble import clean
from sayso.sources._files import read_rows
from sayso.sources._protocol import BadRow, Source, sources

__all__ = ["vqa_rad", "VqaRad"]


REPEATED = "repeats the picture, question and answer of an earlier row; it is merged with that row"
CONTRARY = "the same question about the same picture is answered yes and no; decide for one and remove the other row"
WHICH_PART = "Which part of the body is shown?"
YES_NO = ("no", "yes")
ORGANS: Mapping[str, str] = MappingProxyType({"ABD": "abdomen", "CHEST": "chest", "HEAD": "head"})


class Row(msgspec.Struct, frozen=True):
    """One question; `qid` is its number."""

    image_name: str
    question: str
    answer: str | int | float
    qid: int | str = ""
    image_organ: str = ""
    question_type: str = ""


@dataclass(kw_only=True, slots=True)
class Merged:
    """What several rows say to one question about one picture."""

    first: str
    row: Row
    answers: dict[str, str] = field(default_factory=dict)
    places: list[str] = field(default_factory=list)


@sources.register("vqa_rad")
def vqa_rad(*, path: str, images: str, per: Per = "question", split: str = "", kinds: bool = False) -> Source:
    """Radiology images with their questions, in file order.

    Args:
        path: path of `trainset.json`, `testset.json` or the public file of the data set.
        images: folder of the pictures.
        per: what one item is.
        split: what `AnnotatedItem.split` says.
        kinds: whether questions say their kind, and the part of the body is asked for.
    """
    return VqaRad(path=Path(path), images=Path(images), per=per, split=split, kinds=kinds)


@dataclass(frozen=True, kw_only=True, slots=True)
class VqaRad:
    """The source: one file and a folder of pictures."""

    path: Path
    images: Path
    per: Per = "question"
    split: str = ""
    kinds: bool = False

    def items(self) -> Iterator[AnnotatedItem | BadRow]:
        """One item a question, or a picture; `labels` say the organ.

        Raises:
            DataError: the file is missing or is no file of VQA-RAD.
        """
        album = Album(source="vqa_rad", images=self.images, split=self.split, per=self.per)
        organs: dict[str, str] = {}
        for item in gather(album, self._rows(organs), place=str(self.path)):
            yield item if isinstance(item, BadRow) else _add_organ(item, organs.get(item.group, ""))

    def _rows(self, organs: dict[str, str]) -> Iterator[Asked | BadRow]:
        merged: dict[tuple[str, str], Merged] = {}
        for place, row in read_rows(self.path, Row):
            if isinstance(row, BadRow):
                yield row
                continue
            organs.setdefault(clean(row.image_name), clean(row.image_organ))
            yield from _merge(row, place, merged)
        for one in merged.values():
            yield from _ask(one, kinds=self.kinds)
        if self.kinds:
            yield from _ask_parts(organs, place=str(self.path))


def _ask_parts(organs: Mapping[str, str], *, place: str) -> Iterator[Asked]:
    """A question for the part of the body, of each picture for which it is known."""
    for name, organ in organs.items():
        if organ in ORGANS:
            question = make_question(WHICH_PART, (ORGANS[organ],), options=ORGANS.values(), kind="object")
            yield Asked(place, name, (name,), question)


def _add_organ(item: AnnotatedItem, organ: str) -> AnnotatedItem:
    if organ not in ORGANS:
        return item
    return replace(item, labels={"organ": ORGANS[organ]}, vocabulary={"organ": tuple(ORGANS.values())})


def _merge(row: Row, place: str, merged: dict[tuple[str, str], Merged]) -> Iterator[BadRow]:
    key = (clean(row.image_name), clean(row.question).casefold())
    one = merged.setdefault(key, Merged(first=place, row=row))
    answer = clean(str(row.answer))
    if answer and answer.casefold() in one.answers:
        yield BadRow(place=f"{place} (as {one.first.rpartition(': ')[2]})", reason=REPEATED)
        return
    one.answers[answer.casefold()] = answer
    one.places.append(place)


def _ask(one: Merged, *, kinds: bool) -> Iterator[Asked | BadRow]:
    name = clean(one.row.image_name)
    try:
        if {"yes", "no"} <= one.answers.keys():
            raise DataError(CONTRARY)
        if kinds and clean(one.row.question_type) == "PRES" and one.answers.keys() <= set(YES_NO):
            question = make_question(one.row.question, one.answers, options=YES_NO, kind="presence")
        else:
            question = make_question(one.row.question, one.answers.values())
    except DataError as error:
        asked = f"{clean(one.row.question)!r} about {name}"
        yield from (BadRow(place=f"{place} ({asked})", reason=str(error)) for place in one.places)
        return
    yield Asked(one.first, name, (name,), question)
