"""SNLI-VE: sentences that follow from a photograph, contradict it or neither (Xie et al. 2019, arXiv:1901.06706).

JSON lines with the number of a Flickr30k photograph, the caption that the sentence was written from (`sentence1`), the
sentence (`sentence2`) and a label; where the five judges did not agree, the label is `-` and the row is bad.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from sayso.errors import DataError
from sayso.records import AnnotatedItem, Statement
from sayso.sources._asking import draw_elsewhere
from sayso.sources._assemble import make_each, one_line, probe_first, short_hash
from sayso.sources._files import read_rows
from sayso.sources._protocol import BadRow, Source, sources

__all__ = ["snli_ve", "SnliVe"]

LABELS = {"entailment": "true", "contradiction": "false", "neutral": "unknown"}


class Row(msgspec.Struct, frozen=True):
    """One line; what each judge said is not read."""

    picture: str | int = msgspec.field(name="Flickr30K_ID")
    sentence2: str
    gold_label: str
    sentence1: str = ""
    pair: str = msgspec.field(name="pairID", default="")


@sources.register("snli_ve")
def snli_ve(*, annotations: str, images: str, split: str = "") -> Source:
    """Sentences of an SNLI-VE part.

    Args:
        annotations: path of `snli_ve_train.jsonl`, `snli_ve_dev.jsonl` or `snli_ve_test.jsonl`.
        images: folder of the Flickr30k photographs, `2407214681.jpg` and so on.
        split: what `AnnotatedItem.split` says.
    """
    return SnliVe(annotations=Path(annotations), images=Path(images), split=split)


@dataclass(frozen=True, kw_only=True, slots=True)
class SnliVe:
    """The source: one file of lines and the folder of the photographs."""

    annotations: Path
    images: Path
    split: str = ""

    def items(self) -> Iterator[AnnotatedItem | BadRow]:
        """One item a line, in file order.

        Raises:
            DataError: the file is missing.
        """
        captions = self._captions()
        pool = [(picture, text) for picture, texts in captions.items() for text in texts]
        yield from make_each(
            read_rows(self.annotations, Row), lambda row: self._item(row, captions[str(row.picture)], pool)
        )

    def _captions(self) -> dict[str, dict[str, None]]:
        """What is said of each picture anywhere in the file, without repetition."""
        captions: dict[str, dict[str, None]] = {}
        for _, row in read_rows(self.annotations, Row):
            if not isinstance(row, BadRow):
                said = captions.setdefault(str(row.picture), {})
                said |= {text: None for text in [" ".join(row.sentence1.split())] if text}
        return captions

    def _item(self, row: Row, own: dict[str, None], pool: list[tuple[str, str]]) -> AnnotatedItem:
        if row.gold_label not in LABELS:
            known = ", ".join(LABELS)
            raise DataError(f"gold_label {row.gold_label!r} is none of {known}: the judges did not agree; leave it out")
        group = str(row.picture)
        caption = " ".join(row.sentence1.split())
        text = one_line(row.sentence2, what="sentence2")
        others = draw_elsewhere(pool, name=f"snli_ve-{group}", group=group, own=own)
        return AnnotatedItem(
            id=f"snli_ve-{row.pair or f'{group}-{short_hash(caption, text)}'}",
            source="snli_ve",
            split=self.split,
            group=group,
            media=(probe_first([group if "." in group else f"{group}.jpg"], roots=[self.images]),),
            captions=(caption,) if caption else (),
            statements=(Statement(text=text, label=LABELS[row.gold_label], kind="entailment"),),
            elsewhere={"captions": others["questions"]} if others else {},
        )
