"""What the grounding suites share: expressions joined with the boxes and the sizes of COCO's instances file, one example a region or an expression.

Expressions come in any of the shapes that the source `refcoco` reads; the instances file is that of the same photographs.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from msgspec import Raw, Struct

from sayso.errors import DataError
from sayso.evaluate.suites._asked import find
from sayso.evaluate.suites._protocol import Files
from sayso.records import Media, Region
from sayso.sources import BadRow
from sayso.sources._boxes import from_corner
from sayso.sources._files import decode_each, read_whole
from sayso.sources.coco import ImageRow, InstanceRow
from sayso.sources.refcoco import Refcoco

__all__ = ["join", "LOCATE", "Said"]

LOCATE = (
    "Bounding box coordinates are specified in the format (top-left x, top-left y, bottom-right x, bottom-right y). "
    "All values are floating point numbers bounded between 0 and 1. "
    "Please provide the bounding box coordinate of the region this sentence describes: {expression}",
    "Where in the image is this: {expression}? Reply with [x1, y1, x2, y2], each a fraction of the width or height.",
    "Find {expression} and write its box as four numbers from 0 to 1: left, top, right, bottom.",
    "{expression}\nGive the box around it in the form [left, top, right, bottom], with values between 0 and 1.",
    "Which box holds what is described as '{expression}'? Answer with [x1, y1, x2, y2] in parts of the image, 0 to 1.",
)


class Said(NamedTuple):
    """An expression, the picture's number and names, its size as stated, and the region that is meant."""

    place: str
    annotation: int
    text: str
    names: tuple[str, ...]
    size: tuple[int, int]
    region: Region


class Instances(Struct, frozen=True):
    """An instances file; its pictures and annotations are typed one by one."""

    images: list[Raw]
    annotations: list[Raw]


class _Boxes:
    """Pictures by number and boxes by annotation."""

    def __init__(self, path: Path) -> None:
        file = read_whole(path, Instances)
        self.path = path
        self.bad: list[BadRow] = []
        self._images: dict[int, ImageRow] = {}
        self._rows: dict[int, InstanceRow] = {}
        for _, image in decode_each(file.images, ImageRow, place=f"{path}: images"):
            if isinstance(image, BadRow):
                self.bad.append(image)
            else:
                self._images[image.id] = image
        for _, row in decode_each(file.annotations, InstanceRow, place=f"{path}: annotations"):
            if isinstance(row, BadRow):
                self.bad.append(row)
            else:
                self._rows[row.id] = row

    def of(self, place: str, annotation: int, text: str) -> Said:
        """The expression with its box.

        Raises:
            DataError: the annotation or its picture is not in the file, has no size, or its box cannot be used.
        """
        row = self._rows.get(annotation)
        image = None if row is None else self._images.get(row.image_id)
        if row is None or image is None:
            raise DataError(f"annotation {annotation} is not in {self.path}; give the instances of the same pictures")
        if not image.width or not image.height:
            raise DataError(f"image {image.id} of {self.path} has no size; give the published file")
        region = from_corner(row.bbox, media=Media(width=image.width, height=image.height))
        return Said(place, annotation, text, (image.file_name,), (image.width, image.height), region)


def join(files: Files, *, split: str, patterns: tuple[str, ...]) -> Iterator[Said | BadRow]:
    """Every expression with its box, in the order of the file of expressions, the first of `patterns` that is in the folder."""
    if files.data.is_file():
        raise DataError(f"{files.data} is a file; give the folder with the expressions and instances*.json")
    boxes = _Boxes(find(files, "instances*.json"))
    yield from boxes.bad
    source = Refcoco(refs=find(files, *patterns), instances=boxes.path, images=(), split=split)
    for place, found in source.expressions():
        if isinstance(found, BadRow):
            yield found
            continue
        try:
            yield boxes.of(place, *found)
        except DataError as error:
            yield BadRow(place=place, reason=str(error))
