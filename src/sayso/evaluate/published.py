"""Result files in the shapes that test servers take: somebody's answers, keyed by what they are about.

| shape | key | output |
|---|---|---|
| COCO captions, `[{image_id, caption}]` | the image | the caption |
| COCO boxes, `[{image_id, category_id, bbox, score}]` | the image and category | the box, x, y, width, height in pixels |
| RefCOCO, `{"predictions": [{ref_id, sent}]}` | the expression's object | the expression |
| Google RefExp generation, `[{annotation_id, generated_refexp}]` | the annotation | the expression |
| Google RefExp comprehension, `[{refexp_id, annotation_id, predicted_bounding_boxes}]` | both | the first box, as above; empty where there is none |

Captions and expressions become predictions of a suite whose examples end in the same key, so that answers nobody decoded here are scored as ours are.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

from msgspec import Struct

from sayso.errors import DataError
from sayso.records import Prediction
from sayso.sources import BadRow
from sayso.sources._files import read_rows

__all__ = ["predictions_of_results", "read_results", "Result"]

Box: TypeAlias = tuple[float, float, float, float]


class Result(Struct, frozen=True):
    """An answer and what it is about; `words` where it is text, not a box."""

    key: str
    output: str
    words: bool = True


class Row(Struct, frozen=True):
    """A row of any of the shapes."""

    image_id: int | None = None
    caption: str | None = None
    category_id: int | None = None
    bbox: Box | None = None
    ref_id: int | None = None
    sent: str | None = None
    annotation_id: int | None = None
    generated_refexp: str | None = None
    refexp_id: int | None = None
    predicted_bounding_boxes: tuple[Box, ...] | None = None


def read_results(path: Path) -> Iterator[Result | BadRow]:
    """Every answer of a result file, in its order.

    Raises:
        DataError: the file is missing or is no JSON.
    """
    for place, row in read_rows(path, Row, under="predictions"):
        yield row if isinstance(row, BadRow) else _result(row) or _unknown(place)


def _result(row: Row) -> Result | None:
    if row.image_id is not None and row.caption is not None:
        return Result(str(row.image_id), row.caption)
    if row.image_id is not None and row.bbox is not None:
        return Result(f"{row.image_id}-{row.category_id}", str(list(row.bbox)), words=False)
    if row.ref_id is not None and row.sent is not None:
        return Result(str(row.ref_id), row.sent)
    if row.annotation_id is not None and row.generated_refexp is not None:
        return Result(str(row.annotation_id), row.generated_refexp)
    if row.annotation_id is not None and row.predicted_bounding_boxes is not None:
        first = next((str(list(box)) for box in row.predicted_bounding_boxes), "")
        return Result(f"{row.annotation_id}-{row.refexp_id}", first, words=False)
    return None


def _unknown(place: str) -> BadRow:
    return BadRow(
        place=place,
        reason="no caption, expression or box with what it is about; give the file as a test server takes it",
    )


def predictions_of_results(path: Path, *, suite: str, model: str) -> list[Prediction]:
    """The texts of a result file as predictions of `suite` under its published prompt.

    Raises:
        DataError: a row is none, holds a box, or is about the same thing as one before.
    """
    found: dict[str, Prediction] = {}
    for result in read_results(path):
        if isinstance(result, BadRow):
            raise DataError(f"{result.place}: {result.reason}")
        if not result.words:
            raise DataError(
                f"{path} has boxes ({result.key}: {result.output}), which are no answers of a suite; give captions or expressions"
            )
        if (name := f"{suite}-{result.key}") in found:
            raise DataError(f"{path} has two answers for {name}; remove one of the two")
        found[name] = Prediction(
            example=name,
            task=suite,
            template=f"{suite}/0",
            model=model,
            prompt="",
            output=result.output,
            extraction="published",
        )
    return list(found.values())
