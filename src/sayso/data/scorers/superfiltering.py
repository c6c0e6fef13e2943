"""Superfiltering: the ratio of perplexities of IFD from a small language model that never saw an instruction, on plain text.

    superfiltering = exp(L(y | instruction, newline, input, newline)) / exp(L(y))

Source: Li et al. 2024, "Superfiltering" (checked in code): GPT-2 of 124M, no tuning first, no chat template; what is under 1 is kept, the largest first. So put a `threshold` with `max: 1` on the
column before `top`; `.D` is `facility_location` behind that. The text of all turns of the user stands for instruction and input, one line each; system messages and pictures are left out. As in that code the first
token of y counts in L(y | ...) and, having nothing before it, not in L(y), unless the tokenizer writes a token of beginning; `begin` puts the end-of-text token in front, so that it counts in both
and responses of one token have a number (ours). `superfiltering_loss` is the ratio of losses.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Annotated

from pydantic import Field

from sayso.data.scorers._filling import Filling
from sayso.data.scorers._protocol import Columns, Floats, Scoring, scorers
from sayso.data.scorers._ratios import exp, ratio
from sayso.models.plain_text import TextReader, open_plain
from sayso.records import Sample

__all__ = ["Superfiltering"]

CHUNK = 512


@scorers.register("superfiltering")
@dataclass(kw_only=True)
class Superfiltering:
    """Columns `superfiltering` and `superfiltering_loss`; `path` is the small model's folder or hub id, such as openai-community/gpt2."""

    path: str
    dtype: str = "float32"
    batch_size: Annotated[int, Field(ge=1)] = 16
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    begin: bool = False
    _reader: TextReader | None = field(init=False, repr=False, compare=False)

    per_row = True
    reads_trained = reads_target = False

    def __post_init__(self) -> None:
        self._reader = None

    def score(self, samples: Sequence[Sample], *, scoring: Scoring) -> Columns:
        """No number where there is no response, it is too long, or nothing stands before its only token."""
        del scoring
        filling = Filling({"superfiltering": True, "superfiltering_loss": True})
        rows = iter(samples)
        while chunk := list(islice(rows, CHUNK)):
            asked = self._open().read([(_prompt(sample), _response(sample)) for sample in chunk])
            alone = self._open().read([("", _response(sample)) for sample in chunk])
            for one, other in zip(asked, alone, strict=True):
                filling.add(_row(_mean(one), _mean(other)))
        return filling.columns()

    def _open(self) -> TextReader:
        if self._reader is None:
            bundle = open_plain(self.path, dtype=self.dtype)
            self._reader = TextReader(bundle, max_tokens=self.max_tokens, batch_size=self.batch_size, begin=self.begin)
        return self._reader


def _row(asked: float | str, alone: float | str) -> dict[str, float | str] | str:
    if isinstance(asked, str) or isinstance(alone, str):
        return asked if isinstance(asked, str) else str(alone)
    return {"superfiltering": exp(asked - alone), "superfiltering_loss": ratio(asked, alone)}


def _mean(found: Floats | str) -> float | str:
    return found if isinstance(found, str) else float(found.mean())


def _prompt(sample: Sample) -> str:
    return "".join(message.text + "\n" for message in sample.prompt if message.role == "user")


def _response(sample: Sample) -> str:
    return sample.messages[-1].text if sample.messages and sample.messages[-1].role == "assistant" else ""
