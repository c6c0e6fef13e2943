"""MOCHEG: claims that fact checkers judged, with their evidence in words and pictures (Yao et al. 2023, SIGIR).

A table (`Corpus2.csv`) with one piece of evidence a row and the claim repeated, and a folder of pictures whose names begin with
the number of the claim: `7-proof-0.jpg`, or a folder of its own, `7/`. One item is one claim, its evidence as the statement's
context and its first picture. The checkers' own verdict (`ruling_outline`) tells the answer and is not read.
"""

import html
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from sayso.errors import DataError
from sayso.records import AnnotatedItem, Statement
from sayso.sources._assemble import one_line
from sayso.sources._files import read_csv
from sayso.sources._media import probe_image
from sayso.sources._protocol import BadRow, Source, sources

__all__ = ["Mocheg", "mocheg"]

LABELS = {"supported": "true", "refuted": "false", "nei": "unknown"}
TAG = re.compile(r"<[^<>]*>")
PROOF = re.compile(r"0*(\d+)-proof")
NUMBER = re.compile(r"0*(\d+)")


class Row(msgspec.Struct, frozen=True):
    """One row; who claimed it, where and when are not read."""

    claim_id: str
    claim: str = msgspec.field(name="Claim")
    truth: str = msgspec.field(name="cleaned_truthfulness")
    evidence: str = msgspec.field(name="Evidence", default="")


@sources.register("mocheg")
def mocheg(*, annotations: str, images: str, split: str = "") -> Source:
    """Claims of a part of MOCHEG.

    Args:
        annotations: path of `Corpus2.csv`.
        images: the folder `images` beside it.
        split: what `AnnotatedItem.split` says.
    """
    return Mocheg(annotations=Path(annotations), images=Path(images), split=split)


@dataclass(frozen=True, kw_only=True, slots=True)
class Mocheg:
    """The source: one table and the folder of the pictures."""

    annotations: Path
    images: Path
    split: str = ""

    def items(self) -> Iterator[AnnotatedItem | BadRow]:
        """One item a claim, in the order of their first rows.

        Raises:
            DataError: the table or the folder of pictures is missing.
        """
        claims: dict[str, list[tuple[str, Row]]] = defaultdict(list)
        for place, row in read_csv(self.annotations, Row):
            if isinstance(row, BadRow):
                yield row
            else:
                claims[row.claim_id.strip()].append((place, row))
        pictures = self._pictures()
        for number, rows in claims.items():
            yield from self._rows(number, rows, pictures)

    def _pictures(self) -> dict[str, Path]:
        """The first picture of each claim, by its number without leading zeros."""
        try:
            found = sorted(self.images.iterdir())
        except OSError as error:
            raise DataError(f"folder {self.images} cannot be read ({error.strerror}); check `images`") from error
        first: dict[str, Path] = {}
        for path in found:
            if match := (NUMBER.fullmatch(path.name) if path.is_dir() else PROOF.match(path.name)):
                inside = sorted(path.iterdir()) if path.is_dir() else [path]
                first.update({match.group(1): name for name in inside[:1] if match.group(1) not in first})
        return first

    def _rows(
        self, number: str, rows: list[tuple[str, Row]], pictures: dict[str, Path]
    ) -> Iterator[AnnotatedItem | BadRow]:
        place, first = rows[0]
        for other, row in rows[1:]:
            if (row.claim, row.truth) != (first.claim, first.truth):
                told = f"claim {number} is {row.truth!r} here and {first.truth!r} at {place}, or has other words"
                yield BadRow(place=other, reason=f"{told}; correct or remove the row")
        try:
            yield self._item(number, [row for _, row in rows], pictures)
        except DataError as error:
            yield BadRow(place=place, reason=str(error))

    def _item(self, number: str, rows: list[Row], pictures: dict[str, Path]) -> AnnotatedItem:
        first, label = rows[0], LABELS.get(rows[0].truth.strip().lower())
        if label is None:
            raise DataError(f"cleaned_truthfulness {first.truth!r} is none of supported, refuted, NEI; correct it")
        picture = pictures.get(number.lstrip("0") or number)
        if picture is None:
            raise DataError(f"claim {number!r} has no picture {number}-proof-* in {self.images}; add one or remove it")
        evidence = dict.fromkeys(
            _plain(row.evidence) for row in rows if (row.claim, row.truth) == (first.claim, first.truth)
        )
        text = one_line(_plain(first.claim), what="Claim")
        context = " ".join(filter(None, evidence))
        return AnnotatedItem(
            id=f"mocheg-{number}",
            source="mocheg",
            split=self.split,
            group=number,
            media=(probe_image(picture.relative_to(self.images), root=self.images),),
            statements=(Statement(text=text, label=label, kind="claim", context=context),),
        )


def _plain(text: str) -> str:
    """Without the marks of a web page, on one line."""
    return " ".join(html.unescape(TAG.sub(" ", text)).split())
