"""VALSE: which of two captions is true, the foil differing in one linguistic phenomenon (Parcalabescu et al. 2022, ACL).

Files of one phenomenon each from keys to `image_file`, `caption`, `foil`, `linguistic_phenomena` and the votes `mturk`; or one object from names of files to these.
As in the paper only items stay of which at least two of three people said that the caption alone is right; the others are counted as left out. Items without votes
(`mturk` is missing or null, as where foils come from another data set) all stay, as in the publishers' scripts.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import msgspec

from sayso.evaluate.suites._pairs import PAIRS, caption_pair, read_pairs
from sayso.evaluate.suites._protocol import Files, Suite, suites
from sayso.evaluate.suites._reading import NotAskedError, picture
from sayso.records import Example
from sayso.sources import BadRow
from sayso.sources._files import read_whole
from sayso.sources._vqa import coco_names

__all__ = ["valse"]

MIN_VOTES = 2
DIGITS = 12  # at the end of the names of photographs of COCO, with whatever before it


class Votes(msgspec.Struct, frozen=True):
    """How many people chose what."""

    caption: int
    foil: int = 0
    other: int = 0


class Row(msgspec.Struct, frozen=True):
    """One picture, its caption and the foil; what else the files say differs by phenomenon and is not read."""

    image_file: str
    caption: str
    foil: str
    mturk: Votes | None = None
    linguistic_phenomena: str | None = None
    dataset: str | None = None


@suites.register("valse")
def valse() -> Suite:
    """Captions and foils, by phenomenon."""
    return Suite(
        name="valse",
        title="VALSE",
        source="arXiv:2112.07566; files of Heidelberg-NLP/VALSE; published for scores of image and text, the prompt is ours",
        needs="data: a file such as existence.json, or the folder of them; images: the folders of COCO, Visual7W, SWiG and VisDial",
        group="reasoning",
        read=_read,
        tried=True,
        **PAIRS,
    )


def _read(files: Files) -> Iterator[Example | BadRow]:
    return read_pairs(files, Row, parts=_parts, example=partial(_example, files=files))


def _parts(path: Path) -> list[tuple[str, str]]:
    """The files in a file, each with the key that its rows are under: a row is told by its caption."""
    found = read_whole(path, dict[str, msgspec.Raw])
    nested = [key for key, raw in found.items() if not _is_row(raw)]
    return [(key, key) for key in nested] if found and len(nested) == len(found) else [(path.stem, "")]


def _is_row(raw: msgspec.Raw) -> bool:
    try:
        return not all(isinstance(value, dict) for value in msgspec.json.decode(raw, type=dict[str, object]).values())
    except msgspec.MsgspecError:
        return True


def _example(row: Row, key: str, name: str, *, files: Files) -> Example:
    if row.mturk is not None and row.mturk.caption < MIN_VOTES:
        raise NotAskedError(f"fewer than {MIN_VOTES} people chose the caption")
    return caption_pair(
        f"valse/{name}/{key}",
        true=row.caption,
        false=row.foil,
        media=picture(files, *_names(row.image_file)),
        about={"category": name, "phenomenon": row.linguistic_phenomena or "", "image": row.image_file},
    )


def _names(name: str) -> tuple[str, ...]:
    """As published, and where it is a photograph of COCO, by the other names that these have."""
    digits = name.removesuffix(".jpg")[-DIGITS:]
    return (name, *(coco_names(int(digits)) if len(digits) == DIGITS and digits.isdecimal() else ()))
