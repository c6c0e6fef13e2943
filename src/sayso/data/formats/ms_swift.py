"""ms-swift's rows: `messages` with `<image>` marks and `images`, JSON lines.

Boxes stay the text that the prompt's style of regions made of them: `objects`, which ms-swift would write in a model's own
manner, is not written.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sayso.data.formats._pictures import PictureFolder
from sayso.data.formats._protocol import Format, Outcome, formats
from sayso.data.formats._samples import marked, row_id, shown
from sayso.data.formats._writing import write_rows
from sayso.records import Sample

__all__ = ["ms_swift", "MsSwift"]

FILE = "swift.jsonl"


@formats.register("ms_swift")
def ms_swift() -> Format:
    """ms-swift's JSON lines."""
    return MsSwift()


class MsSwift:
    """Writes `swift.jsonl` and the pictures in `images/` beside it."""

    def write(self, samples: Iterable[Sample], *, out: Path) -> Outcome:
        """Write the samples; a text that contains `<image>` cannot be held.

        Raises:
            DataError: no sample can be held, a picture is missing, or `out` is not empty.
            BackendError: the disk is full.
        """
        return write_rows(samples, out=out, name=FILE, make=_row)


def _row(sample: Sample, pictures: PictureFolder) -> dict[str, Any]:
    messages = [{"role": message.role, "content": marked(message.parts)} for message in sample.messages]
    images = [pictures.path(sample.media[index]) for index in shown(sample)]
    return {"id": row_id(sample), "messages": messages, **({"images": images} if images else {})}
