"""VizWiz image quality issues: what five people found wrong with photographs by blind people (Chiu et al. 2020, CVPR).

A file is a list of `image` and `flaws`, the number of people who saw each of eight flaws (`NON` for none). The flaw that most
saw is the item's label `flaw`, and the eight are its vocabulary. Where two flaws have the most votes there is no one
right answer, and the picture is told and left out. `unrecognizable` is not used.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import msgspec

from sayso.errors import DataError
from sayso.records import AnnotatedItem
from sayso.sources._asking import Album
from sayso.sources._files import read_rows
from sayso.sources._protocol import BadRow, Source, sources

__all__ = ["vizwiz_quality", "VizwizQuality"]

FLAWS: Mapping[str, str] = MappingProxyType(
    {
        "BLR": "blurry",
        "BRT": "too bright",
        "DRK": "too dark",
        "FRM": "badly framed",
        "NON": "no flaw",
        "OBS": "obstructed",
        "OTH": "another flaw",
        "ROT": "rotated",
    }
)


class Row(msgspec.Struct, frozen=True):
    """One picture; the test split has no flaws."""

    image: str
    flaws: dict[str, int] = {}


@sources.register("vizwiz_quality")
def vizwiz_quality(*, path: str, images: str, split: str = "") -> Source:
    """Pictures with their flaw, in file order.

    Args:
        path: path of `train.json` or `val.json`.
        images: folder of the pictures.
        split: what `AnnotatedItem.split` says.
    """
    return VizwizQuality(path=Path(path), images=Path(images), split=split)


@dataclass(frozen=True, kw_only=True, slots=True)
class VizwizQuality:
    """The source: one file and a folder of pictures."""

    path: Path
    images: Path
    split: str = ""

    def items(self) -> Iterator[AnnotatedItem | BadRow]:
        """One item a picture.

        Raises:
            DataError: the file is missing or is no file of VizWiz.
        """
        album = Album(source="vizwiz_quality", images=self.images, split=self.split)
        seen: set[str] = set()
        for place, row in read_rows(self.path, Row):
            yield row if isinstance(row, BadRow) else _make_item(row, place, album, seen)


def _make_item(row: Row, place: str, album: Album, seen: set[str]) -> AnnotatedItem | BadRow:
    try:
        flaw = _majority(row.flaws)
        media = album.probe([row.image])
        if row.image in seen:
            raise DataError(f"image {row.image} has a row already; remove one of them")
    except DataError as error:
        return BadRow(place=place, reason=str(error))
    seen.add(row.image)
    return AnnotatedItem(
        id=album.name(Path(row.image).stem),
        source=album.source,
        split=album.split,
        group=row.image,
        media=(media,),
        labels={"flaw": flaw},
        vocabulary={"flaw": tuple(FLAWS.values())},
    )


def _majority(flaws: Mapping[str, int]) -> str:
    if unknown := sorted(flaws.keys() - FLAWS.keys()):
        raise DataError(f"flaws {unknown} are none of VizWiz ({', '.join(FLAWS)}); correct or remove the row")
    most = max(flaws.values(), default=0)
    leading = [FLAWS[code] for code, votes in sorted(flaws.items()) if votes == most]
    if most < 1:
        raise DataError(f"nobody judged the picture (flaws {dict(flaws)}); use a split with judgements")
    if len(leading) > 1:
        raise DataError(f"as many people ({most}) saw {' as '.join(leading)}; the picture has no one flaw")
    return leading[0]
