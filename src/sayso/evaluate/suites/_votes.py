"""Suites of questions that about ten people answered each: VQAv2, OK-VQA and VizWiz share files, vote and prompt.

Every answer is a reference, as often as it was given: soft accuracy counts votes.
"""

from collections.abc import Iterator

from msgspec import Struct

from sayso.errors import DataError
from sayso.evaluate.suites._asked import ask, each, find
from sayso.evaluate.suites._protocol import Files
from sayso.evaluate.suites._reading import picture
from sayso.records import Example
from sayso.sources import BadRow
from sayso.sources._files import read_rows, read_whole
from sayso.sources._vqa import AnnotationRow, Head, QuestionRow, coco_names

__all__ = ["read_pair", "Voted"]


class Voted(Struct, frozen=True):
    """What one person answered."""

    answer: str


def read_pair(suite: str, files: Files, *, split: str) -> Iterator[Example | BadRow]:
    """The examples of a questions file and the annotations file beside it; `split` is a part of both names."""
    if files.data.is_file():
        raise DataError(f"{files.data} is a file; give the folder with both the questions and the annotations")
    annotations = find(files, f"*{split}*annotations*.json")
    questions = find(files, f"*{split}*uestions*.json")
    answered: dict[int, AnnotationRow] = {}
    for _, row in read_rows(annotations, AnnotationRow, under="annotations"):
        if isinstance(row, BadRow):
            yield row
        else:
            answered[row.question_id] = row
    subtype = read_whole(questions, Head).data_subtype

    def make(row: QuestionRow) -> Example:
        if row.question_id not in answered:
            raise DataError(f"question {row.question_id} has no answers in {annotations}; use a split with answers")
        known = answered[row.question_id]
        names = coco_names(row.image_id, parts=(subtype,)) if subtype else coco_names(row.image_id)
        return ask(
            suite,
            row.question_id,
            fields={"question": row.question, "type": known.question_type, "category": known.answer_type},
            references=[one.answer for one in known.answers] or [known.multiple_choice_answer],
            media=[picture(files, *names)],
        )

    yield from each(read_rows(questions, QuestionRow, under="questions"), make)
