"""Hateful Memes: pictures with a text on them, and whether the two together are hateful (Kiela et al. 2020, NeurIPS).

JSON lines with the picture, the text on it as it was typed off, and a label 0 or 1 (none in the test part). The text is an
object without a box, since the data say what is written and not where. Many memes share their text or their picture
with one of the other label, on purpose.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from sayso.errors import DataError
from sayso.records import AnnotatedItem, AnnotatedObject
from sayso.sources._assemble import make_each, one_line, probe_first
from sayso.sources._files import read_rows
from sayso.sources._protocol import BadRow, Source, sources

__all__ = ["hateful_memes", "HatefulMemes"]

HATEFUL = {0: "no", 1: "yes"}


class Row(msgspec.Struct, frozen=True):
    """One line."""

    id: str | int
    img: str
    text: str
    label: int | None = None


@sources.register("hateful_memes")
def hateful_memes(*, annotations: str, images: str, split: str = "") -> Source:
    """Memes of a part of the data.

    Args:
        annotations: path of `train.jsonl`, `dev_seen.jsonl` and so on.
        images: the folder that holds `img`, or `img` itself.
        split: what `AnnotatedItem.split` says.
    """
    return HatefulMemes(annotations=Path(annotations), images=Path(images), split=split)


@dataclass(frozen=True, kw_only=True, slots=True)
class HatefulMemes:
    """The source: one file of lines and the folder of the pictures."""

    annotations: Path
    images: Path
    split: str = ""

    def items(self) -> Iterator[AnnotatedItem | BadRow]:
        """One item a line, in file order.

        Raises:
            DataError: the file is missing.
        """
        yield from make_each(read_rows(self.annotations, Row), self._item)

    def _item(self, row: Row) -> AnnotatedItem:
        if row.label is not None and row.label not in HATEFUL:
            raise DataError(f"label {row.label} is neither 0 nor 1; correct or remove the line")
        text = one_line(row.text, what="text")
        return AnnotatedItem(
            id=f"hateful_memes-{row.id}",
            source="hateful_memes",
            split=self.split,
            group=row.img,
            media=(probe_first([row.img, row.img.rpartition("/")[2]], roots=[self.images]),),
            objects=(AnnotatedObject(label="text", text=text),),
            labels={} if row.label is None else {"hateful": HATEFUL[row.label]},
            vocabulary={"hateful": tuple(HATEFUL.values())},
        )
