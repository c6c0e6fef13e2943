"""POPE: is an object in the photograph, asked half of the time about one that is not (Li et al. 2023, arXiv:2305.10355).

A file of a split holds `question_id`, `image`, `text` and `label`, a row a line or all in one array. `category` is the split, told by the file's
name: random, popular or adversarial.
"""

from collections.abc import Iterator
from functools import partial

import msgspec

from sayso.config import PluginConfig
from sayso.evaluate.backends import Decoding
from sayso.evaluate.suites._protocol import Files, Suite, suites
from sayso.evaluate.suites._reading import data_files, each, picture, said, yes_or_no
from sayso.evaluate.suites._wordings import ONE_WORD, YES_NO
from sayso.records import Example
from sayso.sources import BadRow
from sayso.sources._files import read_rows
from sayso.sources._vqa import coco_names
from sayso.sources.pope import COCO

__all__ = ["pope"]

SPLITS = ("random", "popular", "adversarial")


class Row(msgspec.Struct, frozen=True):
    """One question; `pope_file` says from which file a row of a mixed one is."""

    question_id: int | str
    image: str
    text: str
    label: str
    pope_file: str = ""


@suites.register("pope")
def pope() -> Suite:
    """POPE's questions."""
    return Suite(
        name="pope",
        title="POPE, object hallucination",
        source="arXiv:2305.10355; files of AoiDragon/POPE; prompt of lmms-eval",
        needs="data: a file such as coco_pope_random.json, or a folder of them; images: photographs of COCO, or of the data set asked about",
        group="hallucination",
        read=_read,
        wordings=(ONE_WORD, *YES_NO),
        slots={"question": "text"},
        decoding=Decoding(max_new_tokens=128),
        parser=PluginConfig(name="yes_no"),
        metrics=(PluginConfig(name="pope"), PluginConfig(name="accuracy")),
        tried=True,
    )


def _read(files: Files) -> Iterator[Example | BadRow]:
    for path in data_files(files, ".json", ".jsonl"):
        yield from each(read_rows(path, Row), partial(_example, files=files, file=path.stem))


def _example(row: Row, place: str, *, files: Files, file: str) -> Example:
    del place
    named = row.pope_file or file
    number = COCO.fullmatch(row.image)
    names = (row.image, *(coco_names(int(number[1])) if number else ()))
    return Example(
        id=f"pope/{named.removesuffix('.json')}/{row.question_id}",
        task="pope",
        source="pope",
        split="",
        fields={
            "question": said(row.text, what="question"),
            "category": next((split for split in SPLITS if split in named), ""),
            "image": row.image,
        },
        media=(picture(files, *names),),
        references=(yes_or_no(row.label),),
    )
