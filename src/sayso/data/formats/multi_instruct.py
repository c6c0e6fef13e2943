"""The rows of MultiInstruct's release (Xu, Shen and Huang 2023): `unique_id`, `task_name`, `image_path`, `prompt`, `target`, `options`.

One question and one answer; one picture at most, before the prompt. `task_name` and `unique_id` are the first part of the
sample's id and the rest. `options` are read off the prompt, where it has them in the release's style.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sayso.data.formats._pictures import PictureFolder
from sayso.data.formats._protocol import Format, Outcome, formats
from sayso.data.formats._samples import UnfitError, plain, row_id, shown
from sayso.data.formats._writing import write_rows
from sayso.records import MediaPart, Sample
from sayso.tasks import CONVERSATION

__all__ = ["multi_instruct", "MultiInstruct"]

FILE = "multi_instruct.jsonl"
OPTIONS, BETWEEN = "\n\n[Options]: ", "||||"


@formats.register("multi_instruct")
def multi_instruct() -> Format:
    """MultiInstruct's JSON lines."""
    return MultiInstruct()


class MultiInstruct:
    """Writes `multi_instruct.jsonl` and the pictures in `images/` beside it."""

    def write(self, samples: Iterable[Sample], *, out: Path) -> Outcome:
        """Write the samples; several turns, several pictures or one amid the text cannot be held.

        Raises:
            DataError: no sample can be held, a picture is missing, or `out` is not empty.
            BackendError: the disk is full.
        """
        return write_rows(samples, out=out, name=FILE, make=_row)


def _row(sample: Sample, pictures: PictureFolder) -> dict[str, Any]:
    prompt = _prompt(sample)
    task, _, name = row_id(sample).partition("/")
    row: dict[str, Any] = {"unique_id": name or task, "task_name": task if name else CONVERSATION.name}
    if images := shown(sample):
        row["image_path"] = pictures.path(sample.media[images[0]])
    _, mark, listed = prompt.rpartition(OPTIONS)
    if mark and BETWEEN in listed:
        row["options"] = listed.split(BETWEEN)
    return row | {"prompt": prompt, "target": plain(sample.messages[-1], tool="an answer of multi_instruct")}


def _prompt(sample: Sample) -> str:
    if [message.role for message in sample.messages] != ["user", "assistant"]:
        raise UnfitError("multi_instruct holds one question and one answer, no more turns and no system text")
    asked = sample.messages[0]
    if any(isinstance(part, MediaPart) for part in asked.parts[1:]):
        raise UnfitError("multi_instruct holds one picture, before the prompt")
    return asked.text
