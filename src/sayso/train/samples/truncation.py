"""What is done about samples that are longer than `max_tokens`, and the list of those that it was done to.

Visual tokens are never cut, an instruction never stands without a response, and nothing is left out in silence:

- `refuse`: an error with the sample's length;
- `turns`: the last turns go, as many as must; the first stays whole, or the sample is refused;
- `response`: the same, but a turn is kept as soon as its response has begun to fit, and the end of that response goes, its end of turn too: it is
  not learned that an answer ends there;
- `drop`: the sample gives its place in the order to the next one that fits.

Cutting from the end keeps what is in front as it was, word for word, as the sources of the papers do. The list is `truncated.jsonl`, a line
for each sample however often it comes, so that it is the same whether or not the run was cut.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np

from sayso.artifacts import write_jsonl
from sayso.errors import DataError
from sayso.models.encode import Encoded, Encoder
from sayso.models.roles import ROLE_CODE
from sayso.records import Sample

__all__ = ["Following", "Truncated", "Truncation"]

Following = Callable[[int, int], Sample]
"""(position in the batch, steps) -> the sample that comes so many places later in the run."""

MAX_DROPPED_IN_A_ROW = 100
_AFTER_RESPONSE = [ROLE_CODE[role] for role in ("response", "resp_end", "role_mark")]


class Truncated:
    """The list of samples that were too long; it goes on where a run that was killed left it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        rows, torn = self._read()
        if torn:
            path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        self._known = {row["sample"] for row in rows}

    def note(self, sample: Sample, *, how: str, num_tokens: int, kept_tokens: int) -> None:
        """So much was kept of a sample."""
        if sample.id in self._known:
            return
        self._known.add(sample.id)
        row = {"sample": sample.id, "how": how, "num_tokens": num_tokens, "kept_tokens": kept_tokens}
        with self._path.open("a") as handle:
            handle.write(json.dumps(row) + "\n")

    def counts(self) -> dict[str, int]:
        """How many samples each was done to, by any process."""
        how = {row["sample"]: row["how"] for row in self._read()[0]}
        return dict(sorted(Counter(how.values()).items()))

    def settle(self) -> None:
        """Each sample once and in the order of their names, once nobody notes any more: processes that read ahead do not know of each other."""
        rows = {row["sample"]: row for row in self._read()[0]}
        if rows:
            write_jsonl(self._path, [rows[name] for name in sorted(rows)])

    def _read(self) -> tuple[list[dict[str, Any]], bool]:
        """The rows, and whether a kill has torn the last one."""
        lines = self._path.read_text().splitlines() if self._path.exists() else []
        whole = [line for line in lines if line.endswith("}")]
        return [json.loads(line) for line in whole], whole != lines


@dataclass(frozen=True, kw_only=True)
class Truncation:
    """What to do about samples that are too long."""

    how: Literal["refuse", "turns", "response", "drop"]
    truncated: Truncated

    def encode(self, samples: Sequence[Sample], *, encoder: Encoder, following: Following) -> list[Encoded]:
        """The samples' tokens, none longer than the encoder's `max_tokens`.

        Raises:
            DataError: a sample is too long and cannot be made shorter in this way.
        """
        rows = encoder.encode_batch(samples, limit=self.how == "refuse")
        return [
            row if encoder.fits(row) else self._shorter(sample, row, encoder, partial(following, i))
            for i, (sample, row) in enumerate(zip(samples, rows, strict=True))
        ]

    def _shorter(self, sample: Sample, row: Encoded, encoder: Encoder, later: Callable[[int], Sample]) -> Encoded:
        kept, how = self._next(later, encoder) if self.how == "drop" else self._begun(sample, encoder)
        if kept is None:
            encoder.check_length(row)
            raise AssertionError(f"sample {sample.id!r} was found to be too long, but is not")
        num_kept = 0 if how == "drop" else len(kept)
        self.truncated.note(sample, how=how, num_tokens=len(row), kept_tokens=num_kept)
        return kept

    def _next(self, later: Callable[[int], Sample], encoder: Encoder) -> tuple[Encoded, str]:
        rows = (encoder.encode_batch([later(n)], limit=False)[0] for n in range(1, MAX_DROPPED_IN_A_ROW + 1))
        if (found := next(filter(encoder.fits, rows), None)) is not None:
            return found, "drop"
        raise DataError(
            f"{MAX_DROPPED_IN_A_ROW} samples in a row are longer than max_tokens {encoder.max_tokens}; "
            "raise train.max_tokens or limit the image size"
        )

    def _begun(self, sample: Sample, encoder: Encoder) -> tuple[Encoded | None, str]:
        for shorter in _beginnings(sample):
            row = encoder.encode_batch([shorter], limit=False)[0]
            if encoder.fits(row):
                return row, "turns"
            if self.how == "response" and _ends_in_response(row, encoder.max_tokens):
                return row.first(encoder.max_tokens), "response"
        return None, ""


def _beginnings(sample: Sample) -> Iterator[Sample]:
    """The conversation up to each of its responses, the longest first."""
    for end in range(len(sample.messages), 0, -1):
        if sample.messages[end - 1].role == "assistant":
            yield msgspec.structs.replace(sample, messages=sample.messages[:end])


def _ends_in_response(row: Encoded, end: int) -> bool:
    """Whether its first `end` tokens stop within its last response, with something of it kept that the chat template does not write itself."""
    begun = row.num_lead + 1
    inside = max(begun, len(row.beside_roles)) <= end < len(row)
    said = row.roles[end - begun : end] == ROLE_CODE["response"]
    return bool(inside and said.all() and np.isin(row.roles[end:], _AFTER_RESPONSE).all())
