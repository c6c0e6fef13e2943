"""Pairs that a person made better, as conversations that teach a model to do it: CoachLM's training set (Liu et al. 2024, arXiv 2311.13246).

    {name: revisions, path: Expert_Revision_Dataset.json, share: 0.3}

A row has `Raw Instruction`, `Raw Input`, `Raw Response` and the three as `Revised ...` (also in small letters and with underscores); `Distance` is not read but
computed. Rows are sorted by how far the revision is from the raw pair, farthest first, and the top `share` is taken, since small corrections teach a
model to copy (a share of 0.3 is the authors'; their README). The user's turn is one fixed request with the raw pair, the answer is the revised pair; what reads the
replies of the trained model is the reviser `coachlm`.

A stage `synthesize` whose revisers changed something tells of it in its `candidates.jsonl`, in texts without pictures; that file is read too, and what of it is no revised pair
is passed over. So a strong language model can stand in for people, who look at what it did.

The distance is Levenshtein's over the characters of instruction, input and response, one below the other, those that are empty left out: that gives the
published `Distance` on the published rows that were looked at. The words of the request are ours.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sayso.errors import ConfigError, DataError
from sayso.lm.pairs import REVISE, lay_out
from sayso.records import AnnotatedItem, Message, Span, TextPart
from sayso.sources._edit_distance import edit_distance
from sayso.sources._files import read_any
from sayso.sources._protocol import BadRow, Source, sources

__all__ = ["Revision", "revisions", "Revisions", "top_revisions"]

FIELDS = ("instruction", "input", "response")


@dataclass(frozen=True, kw_only=True, slots=True)
class Revision:
    """A pair before and after, each with its input below the instruction, and how far apart they are, in characters."""

    place: str
    raw: tuple[str, str]
    revised: tuple[str, str]

    @property
    def distance(self) -> int:
        """From one to the other."""
        return edit_distance("\n".join(filter(None, self.raw)), "\n".join(filter(None, self.revised)))


@sources.register("revisions")
def revisions(*, path: str, share: float = 0.3, request: str = REVISE, split: str = "") -> Source:
    """Revised pairs as conversations, in file order.

    Args:
        path: JSON, JSON lines or Parquet.
        share: how many of the rows are taken, those that were changed most first; 1 takes all.
        request: what stands before every pair.
        split: what `AnnotatedItem.split` says.
    """
    if not 0 < share <= 1:
        raise ConfigError(f"share is {share}; give a share of the rows over 0 and up to 1, such as 0.3")
    return Revisions(path=Path(path), share=share, request=request, split=split)


@dataclass(frozen=True, kw_only=True, slots=True)
class Revisions:
    """The source: one file."""

    path: Path
    share: float = 0.3
    request: str = REVISE
    split: str = ""

    def items(self) -> Iterator[AnnotatedItem | BadRow]:
        """One item a row that is taken; all rows are read, and those that cannot be are told.

        Raises:
            DataError: the file is missing or no such file.
        """
        rows = [_read(place, row) for place, row in read_any(self.path) if not _is_other(row)]
        yield from (row for row in rows if isinstance(row, BadRow))
        good = [row for row in rows if isinstance(row, Revision)]
        for number in top_revisions(good, share=self.share):
            yield self._item(good[number], number=number)

    def _item(self, one: Revision, *, number: int) -> AnnotatedItem:
        name = f"revisions/{self.split or 'rows'}/{number}"
        head, asked = f"{self.request}\n\n", lay_out(*one.raw)
        spans = (
            Span(start=0, end=len(head), role="instr_template"),
            Span(start=len(head), end=len(head + asked), role="instr"),
        )
        return AnnotatedItem(
            id=name,
            source="revisions",
            split=self.split,
            group=name,
            labels={"distance": str(one.distance)},
            conversation=(
                Message(role="user", parts=(TextPart(text=head + asked, spans=spans),)),
                Message(role="assistant", parts=(_response(lay_out(*one.revised)),)),
            ),
        )


def top_revisions(rows: Sequence[Revision], *, share: float) -> list[int]:
    """Positions of the `share` of rows that were changed most, at least one, in their own order; the first of equals wins."""
    count = min(len(rows), max(1, math.floor(share * len(rows) + 0.5)))
    order = sorted(range(len(rows)), key=[-row.distance for row in rows].__getitem__)
    return sorted(order[:count])


def _response(text: str) -> TextPart:
    return TextPart(text=text, spans=(Span(start=0, end=len(text), role="response"),))


def _is_other(row: Mapping[str, Any] | BadRow) -> bool:
    """Whether a row is what a synthesizer tells of something that is no revision."""
    return not isinstance(row, BadRow) and "operation" in row and "raw_response" not in (row.get("details") or {})


def _read(place: str, row: Mapping[str, Any] | BadRow) -> Revision | BadRow:
    if isinstance(row, BadRow):
        return row
    told = row["details"] if "operation" in row else row
    known = {key.strip().lower().replace(" ", "_"): value for key, value in told.items()}
    try:
        return Revision(place=place, raw=_pair(known, "raw"), revised=_pair(known, "revised"))
    except DataError as error:
        return BadRow(place=place, reason=str(error))


def _pair(row: Mapping[str, Any], which: str) -> tuple[str, str]:
    """The instruction with its input below it, and the response."""
    texts = [row.get(f"{which}_{field}") or "" for field in FIELDS]
    for field, text in zip(FIELDS, texts, strict=True):
        if not isinstance(text, str):
            raise DataError(f"`{which} {field}` is {repr(text)[:60]}; give text")
    instruction, given, response = (text.strip() for text in texts)
    if not instruction or not response:
        raise DataError(f"`{which} instruction` and `{which} response` are needed, and one of them is empty or missing")
    return "\n".join(filter(None, (instruction, given))), response
