"""VSR: true and false sentences about how two things in a photograph lie to each other (Liu et al. 2023, TACL).

JSON lines with the name of a COCO photograph, a sentence, its label 0 or 1 and the relation it speaks of. One item is one
row; all rows of a photograph are one group. The photographs are those of COCO 2017, looked for in `images` and in the
folder there that the row's `image_link` names (`train2017`, `val2017`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from sayso.errors import DataError
from sayso.records import AnnotatedItem, Statement
from sayso.sources._assemble import common_words, make_each, one_line, probe_first, short_hash
from sayso.sources._files import read_rows
from sayso.sources._protocol import BadRow, Source, sources

__all__ = ["Vsr", "vsr"]

TRUTH = {0: "false", 1: "true"}


class Row(msgspec.Struct, frozen=True):
    """One line; who wrote and who judged it is not read."""

    image: str
    caption: str
    label: int | bool
    relation: str = ""
    image_link: str = ""


@sources.register("vsr")
def vsr(*, annotations: str, images: str, split: str = "") -> Source:
    """Statements of a VSR file.

    Args:
        annotations: path of `train.jsonl`, `dev.jsonl` or `test.jsonl`, of the random or the zero-shot split.
        images: folder of the COCO photographs, or the one that holds `train2017` and `val2017`.
        split: what `AnnotatedItem.split` says.
    """
    return Vsr(annotations=Path(annotations), images=Path(images), split=split)


@dataclass(frozen=True, kw_only=True, slots=True)
class Vsr:
    """The source: one file of lines and the folder of the photographs."""

    annotations: Path
    images: Path
    split: str = ""

    def items(self) -> Iterator[AnnotatedItem | BadRow]:
        """One item a line, in file order; a sentence that stands twice for one picture is bad the second time.

        Raises:
            DataError: the file is missing.
        """
        rows = (row for _, row in read_rows(self.annotations, Row))
        relations = common_words(row.relation for row in rows if not isinstance(row, BadRow))
        yield from make_each(read_rows(self.annotations, Row), lambda row: self._item(row, relations))

    def _item(self, row: Row, relations: tuple[str, ...]) -> AnnotatedItem:
        if row.label not in TRUTH:
            raise DataError(f"label {row.label} is neither 0 nor 1; correct or remove the line")
        text = one_line(row.caption, what="caption")
        folder = Path(row.image_link).parent.name
        media = probe_first([row.image, str(Path(folder, row.image))], roots=[self.images])
        return AnnotatedItem(
            id=f"vsr-{Path(row.image).stem}-{short_hash(row.image, text)}",
            source="vsr",
            split=self.split,
            group=row.image,
            media=(media,),
            statements=(Statement(text=text, label=TRUTH[row.label], kind="spatial"),),
            vocabulary={"relation": relations},
        )
