"""POPE: whether an object is in a photograph, half of the questions naming one that is not (Li et al. 2023, arXiv:2305.10355).

A file has `image`, `text` and `label` (yes or no) a line, or as one array: the publishers use both. Questions have the kind
`presence` and the options no and yes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from sayso.errors import DataError
from sayso.records import AnnotatedItem
from sayso.sources._asking import Album, Asked, Per, gather, make_question
from sayso.sources._files import read_rows
from sayso.sources._protocol import BadRow, Source, sources
from sayso.sources._vqa import coco_names

__all__ = ["Pope", "pope"]


COCO = re.compile(r"COCO_(?:train|val|test)20\d\d_([0-9]{12})\.jpg")


class Row(msgspec.Struct, frozen=True):
    """One question."""

    image: str
    text: str
    label: str


@sources.register("pope")
def pope(*, path: str, images: str, per: Per = "question", split: str = "") -> Source:
    """Photographs with their questions, in file order.

    Args:
        path: path of `coco_pope_random.json` or another file of such rows.
        images: folder of the pictures, by their names in COCO 2014 or 2017.
        per: what one item is.
        split: what `AnnotatedItem.split` says.
    """
    return Pope(path=Path(path), images=Path(images), per=per, split=split)


@dataclass(frozen=True, kw_only=True, slots=True)
class Pope:
    """The source: one file and a folder of pictures."""

    path: Path
    images: Path
    per: Per = "question"
    split: str = ""

    def items(self) -> Iterator[AnnotatedItem | BadRow]:
        """One item a question, or a picture.

        Raises:
            DataError: the file is missing or is no file of POPE.
        """
        rows = (row if isinstance(row, BadRow) else _ask(row, place) for place, row in read_rows(self.path, Row))
        yield from gather(
            Album(source="pope", images=self.images, split=self.split, per=self.per), rows, place=str(self.path)
        )


def _ask(row: Row, place: str) -> Asked | BadRow:
    try:
        question = make_question(row.text, [row.label.lower()], options=("no", "yes"), kind="presence")
    except DataError as error:
        return BadRow(place=place, reason=str(error))
    photograph = COCO.fullmatch(row.image)
    if photograph is None:
        return Asked(place, row.image, (row.image,), question)
    number = int(photograph[1])
    return Asked(place, str(number), (row.image, *coco_names(number)), question)
