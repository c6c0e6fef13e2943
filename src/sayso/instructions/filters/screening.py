"""Candidates of a file, each judged against its own parent: no pool, no card, only the two texts."""

from collections.abc import Iterable, Iterator

from sayso.instructions.filters._protocol import FilterContext
from sayso.instructions.filters.chain import Chain, judge
from sayso.records import Record, Template

__all__ = ["CandidateRow", "screen", "VerdictRow"]

Id = str | int | float | bool | None


class CandidateRow(Record, frozen=True, kw_only=True):
    """A pair to judge; `id` is whatever its owner calls it."""

    id: Id
    parent: str
    candidate: str


class VerdictRow(Record, frozen=True, kw_only=True, omit_defaults=False):
    """What was decided; a higher `score` is more surely the same meaning."""

    id: Id
    keep: bool
    score: float
    reason: str


def screen(rows: Iterable[CandidateRow], *, chain: Chain) -> Iterator[VerdictRow]:
    """One verdict a row, in order."""
    for row in rows:
        parent = Template(id="parent", task="", text=row.parent)
        verdict = judge(
            Template(id="candidate", task="", text=row.candidate), context=FilterContext(parent=parent), chain=chain
        )
        score = float(verdict.keep) if verdict.score is None else verdict.score
        yield VerdictRow(id=row.id, keep=verdict.keep, score=score, reason=verdict.reason)
