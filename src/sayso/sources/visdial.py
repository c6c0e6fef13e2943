"""VisDial 1.0: ten rounds of questions and answers about a COCO photograph (Das et al. 2017, arXiv:1611.08669).

A file holds all questions and answers once, and dialogues as numbers into both; the caption the two people started from
comes with it. An item is a picture with its caption and its dialogue. The hundred candidate answers are not used, nor are the
dialogues of the test split whose last question has no answer.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from sayso.errors import DataError
from sayso.records import AnnotatedItem
from sayso.sources._asking import Album, check_pattern, draw_elsewhere
from sayso.sources._assemble import clean
from sayso.sources._files import read_rows, read_whole
from sayso.sources._protocol import BadRow, Source, sources
from sayso.sources._vqa import coco_names

__all__ = ["VisDial", "visdial"]

ASKS, ANSWERS = "questioner", "answerer"


class Round(msgspec.Struct, frozen=True):
    """Numbers into the questions and answers of the file."""

    question: int
    answer: int | None = None


class DialogRow(msgspec.Struct, frozen=True):
    """One picture."""

    image_id: int
    dialog: tuple[Round, ...]
    caption: str = ""


class Texts(msgspec.Struct, frozen=True):
    """What is said in all dialogues."""

    questions: tuple[str, ...]
    answers: tuple[str, ...]


class File(msgspec.Struct, frozen=True):
    """The file without its dialogues, which are read one by one."""

    data: Texts
    split: str = ""


@sources.register("visdial")
def visdial(*, path: str, images: str, file_name: str = "", split: str = "") -> Source:
    """Photographs with a dialogue each, in file order.

    Args:
        path: path of `visdial_1.0_train.json` or `visdial_1.0_val.json`.
        images: folder of the pictures, or of `train2014` and `val2014`.
        file_name: how pictures are named where it is not the publishers' way, as `{image_id:012}.jpg`.
        split: what `AnnotatedItem.split` says.

    Raises:
        ConfigError: `file_name` has no place for `{image_id}`.
    """
    return VisDial(path=Path(path), images=Path(images), file_name=check_pattern(file_name), split=split)


@dataclass(frozen=True, kw_only=True, slots=True)
class VisDial:
    """The source: one file and a folder of pictures."""

    path: Path
    images: Path
    file_name: str = ""
    split: str = ""

    def items(self) -> Iterator[AnnotatedItem | BadRow]:
        """One item a dialogue.

        Raises:
            DataError: the file is missing or is no file of VisDial.
        """
        album = Album(source="visdial", images=self.images, split=self.split)
        file = read_whole(self.path, File)
        pool = [
            ("", text) for text in map(clean, file.data.questions) if text
        ]  # each stands there once, for no picture
        seen: set[int] = set()
        for place, row in read_rows(self.path, DialogRow, under="data.dialogs"):
            try:
                yield row if isinstance(row, BadRow) else self._item(row, album, file, pool, seen)
            except DataError as error:
                yield BadRow(place=place, reason=str(error))

    def _item(
        self, row: DialogRow, album: Album, file: File, pool: Sequence[tuple[str, str]], seen: set[int]
    ) -> AnnotatedItem:
        turns = [turn for one in row.dialog for turn in _say(one, file.data)]
        if not turns:
            raise DataError(f"image {row.image_id} has a dialogue of {len(turns)} rounds; remove the row")
        media = album.probe(self._names(row.image_id, file.split))
        if row.image_id in seen:
            raise DataError(f"image {row.image_id} has a dialogue already; remove one of them")
        seen.add(row.image_id)
        return AnnotatedItem(
            id=(name := album.name(str(row.image_id))),
            source="visdial",
            split=self.split,
            group=str(row.image_id),
            media=(media,),
            captions=(caption,) if (caption := clean(row.caption)) else (),
            dialogue=tuple(turns),
            elsewhere=draw_elsewhere(pool, name=name, group=name, own=(text for who, text in turns if who == ASKS)),
        )

    def _names(self, image_id: int, split: str) -> tuple[str, ...]:
        """How the file of a picture may be called: those of train are of COCO, the others are new ones of 2018."""
        if self.file_name:
            return (self.file_name.format(image_id=image_id),)
        part = f"VisualDialog_{split}2018"
        name = f"{part}_{image_id:012}.jpg"
        return (*([] if split == "train" else [name, f"{part}/{name}"]), *coco_names(image_id))


def _say(one: Round, texts: Texts) -> tuple[tuple[str, str], ...]:
    if one.answer is None:
        raise DataError(f"question {one.question} of a dialogue has no answer; use a split with answers")
    if not (0 <= one.question < len(texts.questions) and 0 <= one.answer < len(texts.answers)):
        raise DataError(f"a round has question {one.question} and answer {one.answer}, which are not in the file")
    question, answer = clean(texts.questions[one.question]), clean(texts.answers[one.answer])
    if not question or not answer:
        raise DataError(f"a round has the question {question!r} and the answer {answer!r}; remove the row")
    return ((ASKS, question), (ANSWERS, answer))
