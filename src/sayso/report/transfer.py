"""What a `transfer` stage found, for the page: its figure as it is, its numbers, and the table behind the figure."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from sayso.artifacts import StageContext, read_manifest
from sayso.errors import DataError
from sayso.report.view import Estimate, TransferCell, TransferNumber, TransferView

__all__ = ["collect_transfers", "NUMBERS"]

NUMBERS = {
    "final_mean": ("Final mean", "all tested tasks after the last stage, those never trained on too"),
    "average_accuracy": ("Average accuracy", "what each stage trained on, after the last stage"),
    "learning_accuracy": ("As learned", "what each stage trained on, right after that stage"),
    "backward_transfer": ("Backward transfer", "after the last stage less right after its own; below 0 is forgotten"),
    "forgetting": ("Forgetting", "the best of the stages before the last, less after the last"),
    "forward_transfer": ("Forward transfer", "right before a stage, on its tasks, less before the first stage"),
}
"""Keys of a transfer's summary in reading order, each with its label and its meaning."""


def collect_transfers(context: StageContext) -> Iterator[TransferView]:
    """One view per transfer stage that the report builds on.

    Raises:
        DataError: an artifact of one is missing or cannot be read.
    """
    for folder in context.ancestors():
        if read_manifest(folder).kind == "transfer":
            yield _view(folder)


def _view(folder: Path) -> TransferView:
    path = folder / "transfer.json"
    try:
        found = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
        picture = base64.b64encode((folder / "transfer.svg").read_bytes()).decode()
        numbers = found["wordings"]["all"]
        return TransferView(
            node=folder.name,
            stages=tuple(stage["label"] for stage in found["stages"]),
            numbers=tuple(_numbers(numbers["summary"])),
            cells=msgspec.convert(numbers["by_category"], tuple[TransferCell, ...]),
            figure=f"data:image/svg+xml;base64,{picture}",
        )
    except (OSError, KeyError, msgspec.MsgspecError) as error:
        raise DataError(f"{path} cannot be shown ({error!r}); delete {folder} and run its recipe again") from error


def _numbers(summary: dict[str, Any]) -> Iterator[TransferNumber]:
    for key, (label, meaning) in NUMBERS.items():
        value = summary.get(key)
        yield TransferNumber(
            key=key, label=label, meaning=meaning, value=None if value is None else msgspec.convert(value, Estimate)
        )
