"""Rows of a file of JSON lines as a pool, read one by one, for the benches of selectors."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from sayso.data.scorers import Scoring, scorers
from sayso.data.selectors import Budget, Pool, selectors
from sayso.records import Message, Sample, Span, TextPart

__all__ = ["among", "narrowed", "Rows"]

SCORING = Scoring(seed=1, store=Path("store"), columns=Path("columns"))


class Row(msgspec.Struct):
    """A row of Alpaca's, and its number."""

    instruction: str
    input: str
    output: str
    id: int


def said(role: str, kind: str, text: str) -> Message:
    return Message(role=role, parts=(TextPart(text=text, spans=(Span(start=0, end=len(text), role=kind),)),))


class Rows(Sequence[Sample]):
    """Those of a file that `numbers` say; only where each begins is in memory."""

    def __init__(self, path: Path, numbers: Any = None, starts: Any = None) -> None:
        self._file = path.open("rb")
        self._path = path
        if starts is None:
            starts = np.cumsum([0, *(len(line) for line in self._file)])
        self._starts = starts
        self.numbers = np.arange(len(starts) - 1) if numbers is None else numbers
        self._decoder = msgspec.json.Decoder(Row)

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, index: Any) -> Any:
        number = int(self.numbers[index])
        self._file.seek(self._starts[number])
        row = self._decoder.decode(self._file.readline())
        return Sample(
            id=str(row.id),
            example=str(row.id),
            task="conversation",
            template="conversation/as_written",
            messages=(said("user", "instr", row.instruction), said("assistant", "response", row.output)),
        )

    def some(self, rows: Any) -> "Rows":
        """Those of these."""
        return Rows(self._path, self.numbers[rows], self._starts)


def narrowed(rows: Rows, *, scored: bool = False) -> Pool:
    columns = scorers.build("length", {}).score(rows, scoring=SCORING) if scored else {}
    return Pool(
        samples=rows,
        columns=columns,
        tasks=["conversation"] * len(rows),
        features=lambda config: np.zeros((len(rows), 1), dtype=np.float32),
        scoring=SCORING,
    )


def among(pool: Pool, name: str, options: dict[str, Any], *, rows: int | None = None) -> Pool:
    """What a selector leaves, as a pool."""
    picked = selectors.build(name, options).select(pool, budget=Budget(rows=rows))
    return narrowed(pool.samples.some(np.sort(picked.rows)))
