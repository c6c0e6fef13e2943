"""The two files of VQA (Antol et al. 2015; Goyal et al. 2017), which other data sets took over: questions, and answers.

A questions file names the pictures (`data_subtype`), an annotations file holds the answers of about ten people with
`answer_confidence` (yes, maybe, no). The annotations are read first and kept as texts only; rows of either file that have
no partner in the other are told.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from sayso.errors import DataError
from sayso.records import AnnotatedItem
from sayso.sources._asking import Album, Asked, Per, check_pattern, gather, make_question, rank_answers
from sayso.sources._files import read_rows, read_whole
from sayso.sources._protocol import BadRow

__all__ = ["coco_names", "Head", "VqaFiles"]

SURE = {"yes": 1.0, "maybe": 0.5, "no": 0.0}
SUBTYPES = ("train2014", "val2014")


class License(msgspec.Struct, frozen=True):
    """What a file says of its license."""

    name: str = ""
    url: str = ""


class Head(msgspec.Struct, frozen=True):
    """What a questions file says of itself."""

    data_type: str = "mscoco"
    data_subtype: str = ""
    license: License = License()


class QuestionRow(msgspec.Struct, frozen=True):
    """An entry of `questions`."""

    question_id: int
    image_id: int
    question: str


class AnswerRow(msgspec.Struct, frozen=True):
    """What one person answered, and how sure they were."""

    answer: str
    answer_confidence: str = ""


class AnnotationRow(msgspec.Struct, frozen=True):
    """An entry of `annotations`."""

    question_id: int
    image_id: int
    answers: tuple[AnswerRow, ...] = ()
    multiple_choice_answer: str = ""
    question_type: str = ""
    answer_type: str = ""


class Answered(msgspec.Struct, frozen=True, gc=False):
    """What is kept of an annotation."""

    place: str
    question_id: int
    image_id: int
    answers: tuple[str, ...]
    question_type: str


@dataclass(frozen=True, kw_only=True)
class VqaFiles:
    """A pair of files and a folder of pictures; the fields are the options of a recipe.

    Raises:
        ConfigError: `file_name` has no place for `{image_id}`.
    """

    questions: str
    """Path of `*_questions.json`."""
    annotations: str
    """Path of `*_annotations.json`."""
    images: str
    """Folder of the pictures, or of `train2014` and `val2014`."""
    file_name: str = ""
    """How pictures are named where it is not COCO's way, as `{image_id:012}.jpg`."""
    min_votes: int = 1
    """How many people must have given an answer other than the first for it to be accepted."""
    per: Per = "question"
    """What one item is."""
    split: str = ""
    """What `AnnotatedItem.split` says."""

    def __post_init__(self) -> None:
        check_pattern(self.file_name)

    def album(self, source: str, head: Head) -> Album:
        """What all items have in common."""
        return Album(source=source, images=Path(self.images), split=self.split, license=head.license.name, per=self.per)

    def gather(self, source: str, kind: str) -> Iterator[AnnotatedItem | BadRow]:
        """Items with all questions, as being of one kind.

        Raises:
            DataError: a file is missing or is no such file.
        """
        head = self.head()
        rows = (row if isinstance(row, BadRow) else row[1] for row in self.read(head, kind=kind))
        yield from gather(self.album(source, head), rows, place=self.questions)

    def head(self) -> Head:
        """What the questions file says of itself.

        Raises:
            DataError: the file is missing or is no such file.
        """
        return read_whole(Path(self.questions), Head)

    def read(self, head: Head, *, kind: str = "") -> Iterator[tuple[str, Asked] | BadRow]:
        """Every question that has answers, with its `question_type`; all else as bad rows.

        Raises:
            DataError: a file is missing or is no such file.
        """
        answered: dict[int, Answered] = {}
        for row in self._answers():
            if isinstance(row, BadRow):
                yield row
            elif row.question_id in answered:
                place = f"{row.place} (question {row.question_id})"
                yield BadRow(place=place, reason="the question was answered before; remove one of the annotations")
            else:
                answered[row.question_id] = row
        asked: set[int] = set()
        for place, question in read_rows(Path(self.questions), QuestionRow, under="questions"):
            if isinstance(question, BadRow):
                yield question
            elif isinstance(found := self._find(place, question, answered, asked), BadRow):
                yield found
            else:
                yield self._pair(place, question, found, kind=kind, names=self._names(question.image_id, head))
        for number in sorted(answered.keys() - asked):
            reason = f"the question is not in {self.questions}; give the questions that belong to these answers"
            yield BadRow(place=f"{answered[number].place} (question {number})", reason=reason)

    def _answers(self) -> Iterator[Answered | BadRow]:
        for place, row in read_rows(Path(self.annotations), AnnotationRow, under="annotations"):
            if isinstance(row, BadRow):
                yield row
                continue
            votes = [(one.answer, SURE.get(one.answer_confidence, 0.5)) for one in row.answers]
            answers = rank_answers(votes or [(row.multiple_choice_answer, 1.0)], min_votes=self.min_votes)
            yield Answered(place, row.question_id, row.image_id, answers, row.question_type)

    def _find(self, place: str, row: QuestionRow, answered: dict[int, Answered], asked: set[int]) -> Answered | BadRow:
        """The annotation of a question, which is then asked."""
        known, place = answered.get(row.question_id), f"{place} (question {row.question_id})"
        if row.question_id in asked:
            return BadRow(place=place, reason="the question was asked before; give every question a number of its own")
        if known is None:
            return BadRow(
                place=place, reason=f"the question has no answers in {self.annotations}; use a split with answers"
            )
        asked.add(row.question_id)
        if known.image_id != row.image_id:
            return BadRow(
                place=place, reason=f"the question is of image {row.image_id}, its answers of {known.image_id}"
            )
        return known

    @staticmethod
    def _pair(
        place: str, row: QuestionRow, known: Answered, *, kind: str, names: tuple[str, ...]
    ) -> tuple[str, Asked] | BadRow:
        try:
            question = make_question(row.question, known.answers, kind=kind)
        except DataError as error:
            return BadRow(place=place, reason=str(error))
        return known.question_type, Asked(place, str(row.image_id), names, question)

    def _names(self, image_id: int, head: Head) -> tuple[str, ...]:
        """How the file of a picture may be called, with the folder of its part of COCO or without."""
        if self.file_name:
            return (self.file_name.format(image_id=image_id),)
        if head.data_type.startswith("abstract"):
            return (f"{head.data_type}_{head.data_subtype}_{image_id:012}.png",)
        subtype = head.data_subtype.replace("-dev", "")  # test-dev is a part of test
        return coco_names(image_id, parts=(subtype,) if subtype else SUBTYPES)


def coco_names(image_id: int, *, parts: Sequence[str] = SUBTYPES) -> tuple[str, ...]:
    """How the file of a photograph of COCO may be called: as in 2014 or 2017, in the folder of its part or without."""
    number = f"{image_id:012}.jpg"
    named = [(part, f"COCO_{part}_{number}") for part in parts]
    folders = [f"{part}/{number}" for part in ("train2017", "val2017")]
    return (*(name for _, name in named), *(f"{part}/{name}" for part, name in named), number, *folders)
