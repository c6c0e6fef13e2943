"""What the caption suites share: pictures with several human captions, the published prompt with four of our own, and the metrics.

CIDEr-D weighs words by how many pictures of the evaluated set speak of them: figures of a part are not comparable with those of the whole.
"""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, TypedDict

from msgspec import Raw, Struct

from sayso.config import PluginConfig
from sayso.errors import DataError
from sayso.evaluate.backends import Decoding
from sayso.evaluate.suites._asked import ask, each
from sayso.evaluate.suites._protocol import Files
from sayso.evaluate.suites._reading import picture
from sayso.records import Example
from sayso.sources import BadRow
from sayso.sources._files import decode_each, read_whole
from sayso.sources.coco import CaptionRow

__all__ = ["CAPTION_METRICS", "CAPTIONS", "read_captions"]

SENTENCE = (
    "Provide a one-sentence caption for the provided image.",
    "Describe this picture in one sentence.",
    "What can be seen here? Answer with a single sentence.",
    "Write one sentence that could stand below this image.",
    "In one sentence, say what the image shows.",
)
CAPTION_METRICS = tuple(PluginConfig(name=name) for name in ("cider_d", "bleu", "rouge_l_coco"))


class Card(TypedDict):
    """What the card of a suite of captions says."""

    group: Literal["captioning"]
    wordings: tuple[str, ...]
    slots: dict[str, str]
    decoding: Decoding
    metrics: tuple[PluginConfig, ...]


CAPTIONS: Card = {
    "group": "captioning",
    "wordings": SENTENCE,
    "slots": {},
    "decoding": Decoding(max_new_tokens=64),
    "metrics": CAPTION_METRICS,
}


class Picture(Struct, frozen=True):
    """An entry of `images`; NoCaps says of each whether its things are in COCO (`domain`)."""

    id: int
    file_name: str
    domain: str = ""


class CaptionFile(Struct, frozen=True):
    """A file in the form of COCO's captions."""

    images: list[Raw]
    annotations: list[Raw]


def read_captions(suite: str, path: Path, files: Files) -> Iterator[Example | BadRow]:
    """An example for each picture of a file in COCO's form; captions without a picture are bad rows."""
    file = read_whole(path, CaptionFile)
    captions: dict[int, list[str]] = defaultdict(list)
    places: dict[int, str] = {}
    for place, row in decode_each(file.annotations, CaptionRow, place=f"{path}: annotations"):
        if isinstance(row, BadRow):
            yield row
        else:
            captions[row.image_id].append(" ".join(row.caption.split()))
            places[row.image_id] = place

    def make(row: Picture) -> Example:
        if row.id not in captions:
            raise DataError(f"picture {row.id} has no caption; add one or remove the picture")
        fields = {"category": row.domain} if row.domain else {}
        media = [picture(files, row.file_name)]
        return ask(suite, row.id, fields=fields, references=captions.pop(row.id), media=media)

    yield from each(decode_each(file.images, Picture, place=f"{path}: images"), make)
    for number in captions:
        yield BadRow(place=places[number], reason=f"picture {number} is not among the file's images, or cannot be used")
