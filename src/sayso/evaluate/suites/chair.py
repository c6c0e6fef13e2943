"""CHAIR: does a detailed description name things that are not in the photograph (Rohrbach et al. 2018, arXiv:1809.02156)?

What is there are the classes of the instances file and what the human captions name, so both files are needed; leaving one out inflates the figures. They fall with shorter
descriptions: recall and length belong beside them.
"""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Raw, Struct

from sayso.errors import DataError
from sayso.evaluate.backends import Decoding
from sayso.evaluate.suites._asked import find, plugin
from sayso.evaluate.suites._captions import read_captions
from sayso.evaluate.suites._protocol import Files, Suite, suites
from sayso.records import Example
from sayso.sources import BadRow
from sayso.sources._files import decode_each, read_whole
from sayso.sources.coco import Category, InstanceRow

__all__ = ["chair"]

WORDINGS = (
    "Please describe this image in detail.",
    "Describe everything that can be seen in this picture, at length.",
    "Write a detailed description of the image.",
    "What does this picture show? Go into every detail.",
    "Give a thorough account of what is in this image.",
)


class Instances(Struct, frozen=True):
    """An instances file; its images are those of the captions file."""

    annotations: list[Raw]
    categories: list[Category]


@suites.register("chair")
def chair(*, split: str = "val2014", words: str | None = None) -> Suite:
    """The suite. Published figures are for 500 photographs, which differ by paper: give the files of those meant.

    Args:
        split: a part of the names of both files.
        words: a file of words for the classes, as the metric takes it; its own list without.
    """
    options = {"words": words} if words else {}
    return Suite(
        name="chair",
        title="CHAIR",
        source="Rohrbach et al. 2018, arXiv:1809.02156; prompt and length as papers on large models have it",
        needs="data: folder of captions_val2014.json and instances_val2014.json (of others with split=val2017); images: folder of the photographs",
        group="hallucination",
        read=lambda files: _read(files, split),
        wordings=WORDINGS,
        slots={},
        decoding=Decoding(max_new_tokens=512),
        metrics=(plugin("chair", **options),),
        tried=True,
    )


def _read(files: Files, split: str) -> Iterator[Example | BadRow]:
    if files.data.is_file():
        raise DataError(
            f"{files.data} is a file; give the folder with both captions_{split}.json and instances_{split}.json"
        )
    things, bad = _things(find(files, f"instances_{split}.json"))
    yield from bad
    for found in read_captions("chair", find(files, f"captions_{split}.json"), files):
        if isinstance(found, Example):
            number = int(found.id.removeprefix("chair-"))
            found = msgspec.structs.replace(found, fields={"objects": ", ".join(sorted(things[number]))})
        yield found


def _things(path: Path) -> tuple[dict[int, set[str]], list[BadRow]]:
    """By picture, the names of the classes that it shows."""
    file = read_whole(path, Instances)
    names = {category.id: category.name for category in file.categories}
    things: dict[int, set[str]] = defaultdict(set)
    bad: list[BadRow] = []
    for place, row in decode_each(file.annotations, InstanceRow, place=f"{path}: annotations"):
        if isinstance(row, BadRow):
            bad.append(row)
        elif row.category_id not in names:
            bad.append(BadRow(place=place, reason=f"category {row.category_id} is not among the file's categories"))
        else:
            things[row.image_id].add(names[row.category_id])
    return things, bad
