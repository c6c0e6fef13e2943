"""TRL's prompt and completion, as lists of messages: the completion is the last answer, the prompt all before it."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sayso.data.formats._pictures import PictureFolder
from sayso.data.formats._protocol import Format, Outcome, formats
from sayso.data.formats._samples import UnfitError, row_id, shown
from sayso.data.formats._writing import write_rows
from sayso.data.formats.trl_messages import flatten_texts, typed_message
from sayso.records import Sample

__all__ = ["trl_prompt_completion", "TrlPromptCompletion"]

FILE = "prompt_completion.jsonl"


@formats.register("trl_prompt_completion")
def trl_prompt_completion() -> Format:
    """TRL's `prompt` and `completion`."""
    return TrlPromptCompletion()


class TrlPromptCompletion:
    """Writes `prompt_completion.jsonl` and the pictures in `images/` beside it."""

    def write(self, samples: Iterable[Sample], *, out: Path) -> Outcome:
        """Write the samples.

        Raises:
            DataError: no sample can be held, a picture is missing, or `out` is not empty.
            BackendError: the disk is full.
        """
        outcome = write_rows(samples, out=out, name=FILE, make=_row)
        flatten_texts(out / FILE, keys=("prompt", "completion"))
        return outcome


def _row(sample: Sample, pictures: PictureFolder) -> dict[str, Any]:
    if len(sample.messages) < 2 or sample.messages[-1].role != "assistant":
        raise UnfitError("trl_prompt_completion needs a prompt and an answer at the end")
    return {
        "id": row_id(sample),
        "prompt": [typed_message(message) for message in sample.messages[:-1]],
        "completion": [typed_message(sample.messages[-1])],
        "images": [pictures.path(sample.media[index]) for index in shown(sample)],
    }
