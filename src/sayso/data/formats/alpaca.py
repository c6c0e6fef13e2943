"""Alpaca's rows (Taori et al. 2023): `instruction`, `input`, `output`, `system` and `history` where there is something to say there.

Text alone: a sample that shows a picture is left out with that reason. What came as instruction and input is written so again.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sayso.data.formats._pictures import PictureFolder
from sayso.data.formats._protocol import Format, Outcome, formats
from sayso.data.formats._samples import pairs, plain, row_id, split_system
from sayso.data.formats._writing import write_rows
from sayso.records import Message, Sample, TextPart

__all__ = ["Alpaca", "alpaca"]

FILE = "alpaca.json"
TOOL = "alpaca"


@formats.register("alpaca")
def alpaca() -> Format:
    """Alpaca's JSON."""
    return Alpaca()


class Alpaca:
    """Writes `alpaca.json`."""

    def write(self, samples: Iterable[Sample], *, out: Path) -> Outcome:
        """Write the samples; pictures cannot be held.

        Raises:
            DataError: no sample can be held, or `out` is not empty.
            BackendError: the disk is full.
        """
        return write_rows(samples, out=out, name=FILE, make=_row)


def _row(sample: Sample, _: PictureFolder) -> dict[str, Any]:
    system, messages = split_system(sample)
    turns = pairs(messages, tool=TOOL)
    instruction, query = _asked(turns[-1][0])
    row: dict[str, Any] = {
        "id": row_id(sample),
        "instruction": instruction,
        "input": query,
        "output": plain(turns[-1][1], tool=TOOL),
    }
    if system is not None:
        row["system"] = plain(system, tool=TOOL)
    if history := [[plain(user, tool=TOOL), plain(answer, tool=TOOL)] for user, answer in turns[:-1]]:
        row["history"] = history
    return row


def _asked(message: Message) -> tuple[str, str]:
    """The instruction and its input, where the source of the text kept them apart: two spans, the second on a new line."""
    text = plain(message, tool=TOOL)
    spans = [span for part in message.parts if isinstance(part, TextPart) for span in part.spans]
    if [span.role for span in spans] == ["instr", "instr"] and text[spans[1].start :].startswith("\n"):
        return text[: spans[1].start], text[spans[1].start + 1 :]
    return text, ""
