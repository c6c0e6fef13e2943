"""TextCaps: captions that tell what is written in a picture (Sidorov et al. 2020, arXiv:2003.12462).

A row is one caption with all the captions of its picture as `reference_strs`; the rows of a picture are one example.
"""

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from sayso.evaluate.suites._asked import ask, each, find
from sayso.evaluate.suites._captions import CAPTIONS
from sayso.evaluate.suites._protocol import Files, Suite, suites
from sayso.evaluate.suites._reading import picture
from sayso.records import Example
from sayso.sources import BadRow
from sayso.sources._files import read_rows

__all__ = ["textcaps"]


class Row(Struct, frozen=True):
    """One caption."""

    image_id: str
    image_path: str = ""
    caption_str: str = ""
    reference_strs: tuple[str, ...] = ()


@suites.register("textcaps")
def textcaps(*, split: str = "val") -> Suite:
    """The suite; `split` ends the name of the file, and `test` was published without captions."""
    return Suite(
        name="textcaps",
        title=f"TextCaps ({split})",
        source="Sidorov et al. 2020, arXiv:2003.12462; prompt of lmms-eval; 64 new tokens as for its other captions (it has 1,024 here)",
        needs="data: TextCaps_0.1_val.json, or the folder it is in; images: folder of ID.jpg",
        read=lambda files: _read(files, split),
        **CAPTIONS,
    )


def _read(files: Files, split: str) -> Iterator[Example | BadRow]:
    def make(row: Row) -> Example:
        media = [picture(files, f"{row.image_id}.jpg", row.image_path or f"{row.image_id}.png")]
        return ask("textcaps", row.image_id, fields={}, references=row.reference_strs or [row.caption_str], media=media)

    return each(_pictures(find(files, f"TextCaps_0.1_{split}.json")), make)


def _pictures(path: Path) -> Iterator[tuple[str, Row | BadRow]]:
    """The first row of each picture, with the captions of all of its rows where it does not list them."""
    first: dict[str, tuple[str, Row]] = {}
    captions: dict[str, list[str]] = {}
    for place, row in read_rows(path, Row, under="data"):
        if isinstance(row, BadRow):
            yield place, row
        else:
            first.setdefault(row.image_id, (place, row))
            captions.setdefault(row.image_id, []).append(row.caption_str)
    for name, (place, row) in first.items():
        listed = row.reference_strs or tuple(captions[name])
        yield place, Row(image_id=name, image_path=row.image_path, reference_strs=listed)
