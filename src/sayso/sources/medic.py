"""MEDIC: photographs from social media after disasters, each judged in four ways (Alam et al. 2023, arXiv:2108.12828).

A table with the picture and one column a question: what kind of disaster, how severe the damage, whether the picture
informs, and what it means for people. Each answer has the words of its own column as its vocabulary; the words of
different questions are never mixed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from sayso.errors import DataError
from sayso.records import AnnotatedItem
from sayso.sources._assemble import common_words, make_each, probe_first
from sayso.sources._files import read_csv
from sayso.sources._protocol import BadRow, Source, sources

__all__ = ["Medic", "medic"]

COLUMNS = {
    "disaster": "disaster_types",
    "damage": "damage_severity",
    "informative": "informative",
    "humanitarian": "humanitarian",
}


class Row(msgspec.Struct, frozen=True):
    """One row; `event_name` and `image_id` are not needed, the path is unique."""

    image_path: str
    disaster_types: str = ""
    damage_severity: str = ""
    informative: str = ""
    humanitarian: str = ""


@sources.register("medic")
def medic(*, annotations: str, images: str, split: str = "") -> Source:
    """Photographs of a part of MEDIC.

    Args:
        annotations: path of `MEDIC_train.tsv`, `MEDIC_dev.tsv` or `MEDIC_test.tsv`.
        images: the folder that the paths in the table start from, the one that holds `data`.
        split: what `AnnotatedItem.split` says.
    """
    return Medic(annotations=Path(annotations), images=Path(images), split=split)


@dataclass(frozen=True, kw_only=True, slots=True)
class Medic:
    """The source: one table and the folder of the pictures."""

    annotations: Path
    images: Path
    split: str = ""

    def items(self) -> Iterator[AnnotatedItem | BadRow]:
        """One item a row, in file order.

        Raises:
            DataError: the table is missing.
        """
        answers = [_answers(row) for _, row in read_csv(self.annotations, Row) if not isinstance(row, BadRow)]
        words = {kind: common_words(answer.get(kind, "") for answer in answers) for kind in COLUMNS}
        yield from make_each(read_csv(self.annotations, Row), lambda row: self._item(row, words))

    def _item(self, row: Row, words: dict[str, tuple[str, ...]]) -> AnnotatedItem:
        labels = _answers(row)
        if not labels:
            raise DataError(
                f"{row.image_path!r} has no label in {', '.join(COLUMNS.values())}; add one or remove the row"
            )
        return AnnotatedItem(
            id=f"medic-{row.image_path}",
            source="medic",
            split=self.split,
            group=row.image_path,
            license="CC-BY-NC-SA-4.0",
            media=(probe_first([row.image_path], roots=[self.images]),),
            labels=labels,
            vocabulary={kind: words[kind] for kind in labels},
        )


def _answers(row: Row) -> dict[str, str]:
    """By question; words are parted by spaces, as people write them."""
    written = {
        kind: " ".join(getattr(row, column).replace("_", " ").split()).lower() for kind, column in COLUMNS.items()
    }
    return {kind: answer for kind, answer in written.items() if answer}
