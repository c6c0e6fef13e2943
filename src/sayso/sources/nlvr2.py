"""NLVR2: people's true and false sentences about pairs of photographs (Suhr et al. 2019, ACL).

JSON lines; `dev-850-0-1` is sentence 1 of pair 0 of set 850 and speaks of the two pictures `dev-850-0-img0.png` and
`dev-850-0-img1.png`. The pictures of the development and test parts lie in one folder, those of the training part in
numbered ones, which the row names as `directory`. All sentences of a pair are one group.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from sayso.errors import DataError
from sayso.records import AnnotatedItem, Statement
from sayso.sources._assemble import make_each, one_line, probe_first
from sayso.sources._files import read_rows
from sayso.sources._protocol import BadRow, Source, sources

__all__ = ["Nlvr2", "nlvr2"]

LICENSE = "CC-BY-4.0"  # of sentences and labels; each photograph has its own


class Row(msgspec.Struct, frozen=True):
    """One line; the addresses of the pictures and who wrote and judged it are not read."""

    identifier: str
    sentence: str
    label: str | bool
    directory: str | int = ""


@sources.register("nlvr2")
def nlvr2(*, annotations: str, images: str, split: str = "") -> Source:
    """Sentences of an NLVR2 part, each with its two pictures.

    Args:
        annotations: path of `train.json`, `dev.json`, `test1.json` or another file of such lines.
        images: folder of the pictures, or of the numbered folders.
        split: what `AnnotatedItem.split` says.
    """
    return Nlvr2(annotations=Path(annotations), images=Path(images), split=split)


@dataclass(frozen=True, kw_only=True, slots=True)
class Nlvr2:
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
        label = str(row.label).lower()
        if label not in ("true", "false"):
            raise DataError(f'label {row.label!r} is neither "True" nor "False"; correct or remove the line')
        pair, _, number = row.identifier.rpartition("-")
        if not pair or not number:
            raise DataError(f"identifier {row.identifier!r} is not like dev-850-0-1; correct or remove the line")
        names = [f"{pair}-img{side}.png" for side in (0, 1)]
        media = tuple(probe_first([name, str(Path(str(row.directory), name))], roots=[self.images]) for name in names)
        return AnnotatedItem(
            id=f"nlvr2-{row.identifier}",
            source="nlvr2",
            split=self.split,
            group=f"nlvr2-{pair}",
            license=LICENSE,
            media=media,
            statements=(Statement(text=one_line(row.sentence, what="sentence"), label=label),),
        )
