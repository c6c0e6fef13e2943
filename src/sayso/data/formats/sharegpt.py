"""ShareGPT's conversations as LLaMA-Factory and others read them: `conversations`, `images`, and `system` where there is one."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sayso.data.formats._pictures import PictureFolder
from sayso.data.formats._protocol import Format, Outcome, formats
from sayso.data.formats._samples import marked, pairs, plain, row_id, shown, split_system
from sayso.data.formats._writing import write_rows
from sayso.data.formats.llava import SPEAKERS
from sayso.records import Sample

__all__ = ["ShareGpt", "sharegpt", "sharegpt_row"]

FILE = "sharegpt.json"


@formats.register("sharegpt")
def sharegpt() -> Format:
    """ShareGPT's JSON."""
    return ShareGpt()


class ShareGpt:
    """Writes `sharegpt.json` and the pictures in `images/` beside it."""

    def write(self, samples: Iterable[Sample], *, out: Path) -> Outcome:
        """Write the samples; turns alternate, and no text may contain `<image>`.

        Raises:
            DataError: no sample can be held, a picture is missing, or `out` is not empty.
            BackendError: the disk is full.
        """
        return write_rows(samples, out=out, name=FILE, make=sharegpt_row)


def sharegpt_row(sample: Sample, pictures: PictureFolder) -> dict[str, Any]:
    """The row of a sample.

    Raises:
        UnfitError: its turns do not alternate, a text contains `<image>`, or the system shows a picture.
    """
    system, messages = split_system(sample)
    pairs(messages, tool="sharegpt")
    turns = [{"from": SPEAKERS[message.role], "value": marked(message.parts)} for message in messages]
    row: dict[str, Any] = {"id": row_id(sample), "conversations": turns}
    if system is not None:
        row["system"] = plain(system, tool="the system text of sharegpt")
    return row | {"images": [pictures.path(sample.media[index]) for index in shown(sample)]}
