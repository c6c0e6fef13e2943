"""Google RefExp (RefCOCOg, Google's split): longer expressions for objects of COCO train2014 (Mao et al. 2016, arXiv:1511.02283).

Read are the published file and the lines of `annotation_id` and `refexp` of its human evaluation, both joined with COCO's instances; where these are not at hand, the lines are read
without boxes, to be looked at, and a score has no reference.
"""

from collections.abc import Iterator

from msgspec import Struct

from sayso.evaluate.backends import Decoding
from sayso.evaluate.suites._asked import each, numbered, plugin
from sayso.evaluate.suites._expressions import LOCATE
from sayso.evaluate.suites._locating import read_locating
from sayso.evaluate.suites._protocol import Files, Suite, suites
from sayso.evaluate.suites._reading import picture
from sayso.records import Example
from sayso.sources import BadRow
from sayso.sources._files import read_lines

__all__ = ["google_refexp"]


class Line(Struct, frozen=True):
    """One line of the sheet."""

    image_id: int
    annotation_id: int
    refexp: str


@suites.register("google_refexp")
def google_refexp(*, file: str = "*refexp*val*.json*") -> Suite:
    """The suite; `file` is the name of the file of expressions, as a pattern."""
    return Suite(
        name="google_refexp",
        title="Google RefExp",
        source="Mao et al. 2016, arXiv:1511.02283; prompt of lmms-eval for RefCOCO; 48 new tokens are ours",
        needs="data: folder of google_refexp_val_*.json (or the lines alone) and instances_train2014.json; images: folder of COCO train2014",
        group="grounding",
        read=lambda files: _read(files, file),
        wordings=LOCATE,
        slots={"expression": "text"},
        output="region",
        decoding=Decoding(max_new_tokens=48),
        metrics=(plugin("iou_at"), plugin("iou")),
        tried=True,
    )


def _read(files: Files, file: str) -> Iterator[Example | BadRow]:
    if files.data.is_file():
        return _unlocated(files)
    return read_locating("google_refexp", files, split="", patterns=(file,))


def _unlocated(files: Files) -> Iterator[Example | BadRow]:
    """The lines alone: no boxes, so no references."""

    def make(found: tuple[int, Line]) -> Example:
        number, line = found
        shown = picture(files, f"COCO_train2014_{line.image_id:012}.jpg", f"{line.image_id:012}.jpg")
        return Example(
            id=f"google_refexp-{line.annotation_id}-{number}",
            task="google_refexp",
            source="google_refexp",
            split="test",
            fields={"expression": line.refexp.strip()},
            media=(shown,),
            references=(),
        )

    return each(numbered(read_lines(files.data, Line)), make)
