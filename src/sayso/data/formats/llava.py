r"""LLaVA's conversations JSON (Liu et al. 2023, arXiv:2304.08485).

    [{"id": "...", "image": "images/cat.png", "conversations": [{"from": "human", "value": "<image>\nWhat is this?"},
                                                               {"from": "gpt", "value": "A cat."}]}, ...]

`image` is a string for one picture, a list for several, and left out for none; each stands as `<image>` in the text, in order.
A line break parts a picture from what follows it.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sayso.data.formats._pictures import PictureFolder
from sayso.data.formats._protocol import Format, Outcome, formats
from sayso.data.formats._samples import marked, row_id, shown
from sayso.data.formats._writing import write_rows
from sayso.records import Sample

__all__ = ["FILE", "LLaVA", "llava", "SPEAKERS"]

FILE = "conversations.json"
"""What is written, beside the folder `images`."""
SPEAKERS = {"system": "system", "user": "human", "assistant": "gpt"}
"""Who speaks, in LLaVA's words."""


@formats.register("llava")
def llava() -> Format:
    """LLaVA's JSON."""
    return LLaVA()


class LLaVA:
    """Writes `conversations.json` and the pictures in `images/` beside it."""

    def write(self, samples: Iterable[Sample], *, out: Path) -> Outcome:
        """Write the samples; a text that contains `<image>` cannot be held.

        Raises:
            DataError: no sample can be held, a picture is missing, or `out` is not empty.
            BackendError: the disk is full.
        """
        return write_rows(samples, out=out, name=FILE, make=_row)


def _row(sample: Sample, pictures: PictureFolder) -> dict[str, Any]:
    turns = [{"from": SPEAKERS[message.role], "value": marked(message.parts)} for message in sample.messages]
    images = [pictures.path(sample.media[index]) for index in shown(sample)]
    beside = {"image": images[0] if len(images) == 1 else images} if images else {}
    return {"id": row_id(sample), **beside, "conversations": turns}
