"""Alpaca (Taori et al. 2023): `instruction`, `input`, `output`, perhaps `system` and `history` ([[asked, answered], ...]).

The instruction and its input are one turn, on two lines; where one ends and the other begins is kept.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sayso.errors import DataError
from sayso.sources.conversations._protocol import Evidence, Layout, Piece, Row, Turn, Written, layouts
from sayso.sources.conversations._rows import IMAGE, one_file, pictures, split_marks, text_of

__all__ = ["Alpaca", "alpaca"]

DEFAULTS = {"prompt": "instruction", "query": "input", "response": "output", "system": "system", "history": "history"}


@layouts.register("alpaca")
def alpaca() -> Layout:
    """Alpaca's rows."""
    return Alpaca()


@dataclass(frozen=True, kw_only=True)
class Alpaca:
    """The layout; `columns` maps LLaMA-Factory's words to the keys of the file."""

    columns: Mapping[str, str] = field(default_factory=lambda: dict(DEFAULTS))
    needs: str = "`instruction` and `output`, perhaps `input`, `system` and `history`"

    @property
    def keys(self) -> frozenset[str]:
        """The keys of a row that are carried over."""
        return frozenset({"id", *self.columns.values()})

    def evidence(self, row: Row) -> Evidence | None:
        """`instruction` and `output` in words."""
        if isinstance(row.get("instruction"), str) and isinstance(row.get("output"), str):
            return Evidence("`instruction` and `output` in words")
        return None

    def tables(self, path: Path, rows: Sequence[Row]) -> Iterator[tuple[Path, Layout]]:
        """The file itself."""
        yield path, self

    def read(self, row: Row) -> Written:
        """System text, history, then the instruction with its input, and the output."""
        name = row.get("id")
        given = iter(images := pictures(row, self.columns["images"]) if "images" in self.columns else [])
        asked, answered = tuple(self._asked(row)), self._text(row, "response")
        marks = sum(piece.count(IMAGE) for piece in asked)
        if images and not marks:
            asked = (f"{IMAGE}\n" * (marks := len(images)) + asked[0], *asked[1:])
        if "images" in self.columns:
            one_file(marks, given=len(images))
            pieces: tuple[Piece, ...] = tuple(piece for text in asked for piece in split_marks(text, given))
        else:
            pieces = asked
        turns = [*self._before(row), Turn("user", pieces), Turn("assistant", (answered,))]
        return Written(name="" if name is None else str(name), turns=tuple(turns))

    def _text(self, row: Row, column: str) -> str:
        return text_of(row, self.columns[column], default="") if column in self.columns else ""

    def _asked(self, row: Row) -> Iterator[str]:
        """The instruction and its input: the second begins with the line break between them."""
        instruction, query = text_of(row, self.columns["prompt"]), self._text(row, "query")
        if instruction:
            yield instruction
        if query:
            yield f"\n{query}" if instruction else query
        if not instruction and not query:
            raise DataError(f"`{self.columns['prompt']}` is empty; write what is asked")

    def _before(self, row: Row) -> Iterator[Turn]:
        if system := self._text(row, "system"):
            yield Turn("system", (system,))
        history: Any = row.get(self.columns.get("history", "history")) or ()
        for pair in history:
            if not (isinstance(pair, list | tuple) and len(pair) == 2 and all(isinstance(text, str) for text in pair)):
                raise DataError(f"`history` holds {str(pair)[:60]!r}; give pairs of what was asked and answered")
            yield Turn("user", (pair[0],))
            yield Turn("assistant", (pair[1],))
