"""Our own row: an annotated item as people would write it, and its way into records.

The format of `jsonl`, described for users in docs/formats.md; `hf` brings other people's columns into the same shape. Rows
are strict: an unknown key, a wrong type or a number that points nowhere makes the whole row bad, because half a row is
worse than none.
"""

from hashlib import blake2b
from pathlib import Path
from typing import TypeVar

import msgspec

from sayso.errors import DataError
from sayso.records import AnnotatedItem, AnnotatedObject, Media, Question, Relation, Statement
from sayso.sources._boxes import to_region

__all__ = ["as_tuple", "ItemRow", "make_item", "ObjectRow", "QuestionRow", "StatementRow"]

T = TypeVar("T")


class ObjectRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing; `box` is [x1, y1, x2, y2] in pixels of picture number `image`."""

    label: str
    box: tuple[float, float, float, float] | None = None
    attributes: dict[str, str] = {}
    text: str | None = None
    image: int = 0
    crowd: bool = False


class QuestionRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One question; where there are options, every answer is one of them."""

    question: str
    answers: str | tuple[str, ...]
    options: tuple[str, ...] = ()
    kind: str = ""


class StatementRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One sentence and whether it is true, or another label."""

    text: str
    label: str | bool


class ItemRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of a file; every key may be left out."""

    id: str | int | None = None
    images: str | tuple[str, ...] = ()
    objects: tuple[ObjectRow, ...] = ()
    relations: tuple[tuple[int, str, int], ...] = ()
    captions: str | tuple[str, ...] = ()
    questions: tuple[QuestionRow, ...] = ()
    statements: tuple[StatementRow, ...] = ()
    dialogue: tuple[tuple[str, str], ...] = ()
    labels: dict[str, str | int | float | bool] = {}
    group: str | int | None = None
    license: str = ""
    split: str | None = None


def make_item(
    row: ItemRow, *, source: str, name: str, media: tuple[Media, ...], split: str, root: Path
) -> AnnotatedItem:
    """The record of `row`; `name` is its id where it has none, `split` holds where it says nothing.

    Rows that share their first picture share a group, unless they name one. A group is named below `root`, so that what is
    divided by it is divided alike wherever the folder lies.

    Raises:
        DataError: a box, a relation, an answer or a picture number that cannot be.
    """
    own_name = name if row.id is None else str(row.id)
    objects = tuple(_make_object(thing, i, media) for i, thing in enumerate(row.objects))
    return AnnotatedItem(
        id=own_name,
        source=source,
        split=split if row.split is None else row.split,
        group=str(row.group) if row.group is not None else _name_picture(media, root) or own_name,
        license=row.license,
        media=media,
        objects=objects,
        relations=tuple(_make_relation(relation, len(objects)) for relation in row.relations),
        captions=as_tuple(row.captions),
        questions=tuple(_make_question(question) for question in row.questions),
        statements=tuple(Statement(text=entry.text, label=_to_text(entry.label)) for entry in row.statements),
        dialogue=row.dialogue,
        labels={key: _to_text(value) for key, value in row.labels.items()},
    )


def as_tuple(value: T | tuple[T, ...]) -> tuple[T, ...]:
    """One thing or several, as several."""
    return value if isinstance(value, tuple) else (value,)


def _name_picture(media: tuple[Media, ...], root: Path) -> str:
    """What rows with the same first picture have in common."""
    if not media:
        return ""
    if media[0].path is None:
        return blake2b(media[0].data or b"", digest_size=8).hexdigest()
    path, whole = Path(media[0].path), root.resolve()
    return path.relative_to(whole).as_posix() if path.is_relative_to(whole) else str(path)


def _make_object(row: ObjectRow, position: int, media: tuple[Media, ...]) -> AnnotatedObject:
    region = None
    if not row.label.strip():
        raise DataError(f"objects[{position}] has the blank label {row.label!r}; name it or leave it out")
    if row.box is not None:
        if not 0 <= row.image < len(media):
            given = f"objects[{position}] has a box on image {row.image}"
            raise DataError(f"{given}, the row has {len(media)} images (counted from 0); correct `image` or `images`")
        medium = media[row.image]
        try:
            region = to_region(row.box, size=(medium.width, medium.height), medium=row.image)
        except DataError as error:
            raise DataError(f"objects[{position}]: {error}") from error
    return AnnotatedObject(label=row.label, region=region, attributes=row.attributes, text=row.text, crowd=row.crowd)


def _make_relation(row: tuple[int, str, int], num_objects: int) -> Relation:
    subject, predicate, other = row
    if not (0 <= subject < num_objects and 0 <= other < num_objects):
        known = f"the row has {num_objects} objects, counted from 0"
        raise DataError(f"relation {list(row)} points to an object that is not there; {known}")
    return Relation(subject=subject, predicate=predicate, object=other)


def _make_question(row: QuestionRow) -> Question:
    answers = as_tuple(row.answers)
    if not row.question.strip() or not all(answer.strip() for answer in answers):
        raise DataError(
            f"question {row.question!r} with answers {list(answers)}: one of them is blank; write it or leave it out"
        )
    if not answers:
        raise DataError(f"question {row.question!r} has no answers; give at least one")
    if row.options and not set(answers) <= set(row.options):
        raise DataError(f"question {row.question!r}: answers {list(answers)} are not all among its options; add them")
    return Question(text=row.question, answers=answers, options=row.options, kind=row.kind)


def _to_text(value: str | float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
