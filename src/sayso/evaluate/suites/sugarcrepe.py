"""SugarCrepe: which of two captions is true, the false one being as fluent as the true one (Hsieh et al. 2023, NeurIPS).

Files of one kind each (`add_att`, `add_obj`, `replace_att` ...) from keys to `filename`, `caption` and `negative_caption`; or one object from kinds to these.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import msgspec

from sayso.evaluate.suites._pairs import PAIRS, caption_pair, read_pairs
from sayso.evaluate.suites._protocol import Files, Suite, suites
from sayso.evaluate.suites._reading import picture
from sayso.records import Example
from sayso.sources import BadRow
from sayso.sources._files import read_whole

__all__ = ["sugarcrepe"]

KINDS = ("add_att", "add_obj", "replace_att", "replace_obj", "replace_rel", "swap_att", "swap_obj")


class Row(msgspec.Struct, frozen=True):
    """One picture and its captions."""

    filename: str
    caption: str
    negative_caption: str


@suites.register("sugarcrepe")
def sugarcrepe() -> Suite:
    """Pairs of captions, by kind of change."""
    return Suite(
        name="sugarcrepe",
        title="SugarCrepe",
        source="arXiv:2306.14610; files of RAIVNLab/sugar-crepe; published for scores of image and text, the prompt is ours",
        needs="data: a file such as swap_obj.json, or the folder of all seven; images: photographs of COCO val2017",
        group="reasoning",
        read=_read,
        tried=True,
        **PAIRS,
    )


def _read(files: Files) -> Iterator[Example | BadRow]:
    return read_pairs(files, Row, parts=_kinds, example=partial(_example, files=files))


def _kinds(path: Path) -> list[tuple[str, str]]:
    """The kinds in a file, each with the key that its rows are under."""
    keys = read_whole(path, dict[str, msgspec.Raw]).keys()
    return [(kind, kind) for kind in KINDS if kind in keys] or [(path.stem, "")]


def _example(row: Row, key: str, kind: str, *, files: Files) -> Example:
    return caption_pair(
        f"sugarcrepe/{kind}/{key}",
        true=row.caption,
        false=row.negative_caption,
        media=picture(files, row.filename, f"val2017/{row.filename}"),
        about={"category": kind, "image": row.filename},
    )
