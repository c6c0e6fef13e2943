"""GQA: questions made from scene graphs that take several steps to answer (Hudson and Manning 2019, arXiv:1902.09506).

A file is one object from question numbers to rows with `imageId`, `question`, `answer` and `fullAnswer`; `train_all` is a
folder of such files. Pictures are named by their number. Questions have the kind `compositional`. Scene graphs, programs and
the groups of the consistency metrics are not read; splits without answers are of no use.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from sayso.errors import DataError
from sayso.records import AnnotatedItem
from sayso.sources._asking import Album, Asked, Per, gather, make_question
from sayso.sources._files import read_entries
from sayso.sources._protocol import BadRow, Source, sources

__all__ = ["Gqa", "gqa"]


class Row(msgspec.Struct, frozen=True, rename="camel"):
    """One question."""

    image_id: str
    question: str
    answer: str = ""
    full_answer: str = ""


@sources.register("gqa")
def gqa(*, questions: str, images: str, full_answers: bool = False, per: Per = "question", split: str = "") -> Source:
    """Pictures with their questions, in file order.

    Args:
        questions: path of `*_questions.json`, or of a folder of such files.
        images: folder of the pictures, `2405722.jpg` and so on.
        full_answers: accept the answer as a sentence too.
        per: what one item is.
        split: what `AnnotatedItem.split` says.
    """
    return Gqa(questions=Path(questions), images=Path(images), full_answers=full_answers, per=per, split=split)


@dataclass(frozen=True, kw_only=True, slots=True)
class Gqa:
    """The source: one file or a folder of files, and a folder of pictures."""

    questions: Path
    images: Path
    full_answers: bool = False
    per: Per = "question"
    split: str = ""

    def items(self) -> Iterator[AnnotatedItem | BadRow]:
        """One item a question, or a picture.

        Raises:
            DataError: a file is missing or is no file of GQA.
        """
        album = Album(source="gqa", images=self.images, split=self.split, per=self.per)
        yield from gather(album, self._rows(), place=str(self.questions))

    def _rows(self) -> Iterator[Asked | BadRow]:
        files = sorted(self.questions.glob("*.json")) if self.questions.is_dir() else [self.questions]
        if not files:
            raise DataError(f"{self.questions} has no .json file; give a file of questions or the folder that has them")
        for path in files:
            for place, _, row in read_entries(path, Row):
                yield row if isinstance(row, BadRow) else self._ask(row, place)

    def _ask(self, row: Row, place: str) -> Asked | BadRow:
        answers = (row.answer, row.full_answer) if self.full_answers and row.answer.strip() else (row.answer,)
        try:
            question = make_question(row.question, answers, kind="compositional")
        except DataError as error:
            return BadRow(place=place, reason=str(error))
        return Asked(place, row.image_id, (f"{row.image_id}.jpg",), question)
