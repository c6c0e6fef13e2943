"""Candidates of a file, each judged against its own parent: no pool, no card, only the two texts and their siblings.

Whatever stands between braces is an opaque slot, so that wordings of any tool can be judged. The score is the probability of
the filter `meaning`, which compares candidates of one parent with one another. A candidate that another filter refuses cannot be among those
that are kept: what is merely written badly has its score halved, and what is no wording of its parent at all, because a slot is lost, or it is
an answer, a refusal or empty, has next to nothing left, so that it lies below every honest paraphrase.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from sayso.config import PluginConfig
from sayso.instructions.filters._protocol import FilterContext
from sayso.instructions.filters.chain import Chain, build_chain, judge, prepare
from sayso.instructions.filters.holes import with_slots
from sayso.records import Record, Template

__all__ = ["CandidateRow", "FOR_PAIRS", "lowered", "screen", "VerdictRow"]

_OPTIONS: dict[str, dict[str, Any]] = {
    "characters": {"max_characters": 4000},
    "slots": {"repeats": True},
    "meaning": {"together": True},
}
FOR_PAIRS = tuple(
    PluginConfig.model_validate({"name": name, **_OPTIONS.get(name, {})})
    for name in (
        *("characters", "slots", "chatter", "answer_format"),
        *("answer_leak", "language", "fluency", "meaning"),
    )
)
"""The filters that are right for pairs of texts alone: all but length, duplicates and held-out wordings."""
_MOST_AT_ONCE = 10_000
"""Rows that are held, and among which siblings are looked for."""
_MOST_CHARACTERS = 16_000_000
"""Of the rows that are held."""
_LEFT = dict.fromkeys(("characters", "slots", "chatter", "answer_leak", "answer_format"), 0.02)
"""What is left of the score of a candidate that this filter refuses, as a factor."""
_LEFT_OTHERWISE = 0.5
Id = str | int | float | bool | None


class CandidateRow(Record, frozen=True, kw_only=True):
    """A pair to judge; `id` is whatever its owner calls it."""

    id: Id
    parent: str
    candidate: str


class VerdictRow(Record, frozen=True, kw_only=True, omit_defaults=False):
    """What was decided; a higher `score`, in [0, 1], is more surely the same meaning."""

    id: Id
    keep: bool
    score: float
    reason: str


def screen(rows: Iterable[CandidateRow], *, chain: Chain | None = None) -> Iterator[VerdictRow]:
    """One verdict a row, in order; `chain` is built from `FOR_PAIRS` where none is given.

    Raises:
        BackendError: a model behind a filter gave up.
    """
    used = build_chain(FOR_PAIRS) if chain is None else chain
    scoring = [one for one in used if one[0] == "meaning"] or build_chain([FOR_PAIRS[-1]])
    every = [*used, *(one for one in scoring if one not in used)]
    for some in _batches(rows):
        pairs = [_pair(row) for row in some]
        prepare(every, pairs)
        for row, pair in zip(some, pairs, strict=True):
            yield _verdict(row, *pair, chain=used, scoring=scoring)


def _batches(rows: Iterable[CandidateRow]) -> Iterator[list[CandidateRow]]:
    some: list[CandidateRow] = []
    size = 0
    for row in rows:
        some.append(row)
        size += len(row.parent) + len(row.candidate)
        if len(some) == _MOST_AT_ONCE or size >= _MOST_CHARACTERS:
            yield some
            some, size = [], 0
    if some:
        yield some


def lowered(probability: float, *, refused_by: str | None, meant: bool) -> float:
    """The score of a candidate: the probability that its meaning was kept, less what the filter that refuses it leaves of that.

    `meant` says whether the probability is high enough to keep it.
    """
    if refused_by in _LEFT:
        return probability * _LEFT[refused_by]
    return probability * _LEFT_OTHERWISE if refused_by is not None and meant else probability


def _pair(row: CandidateRow) -> tuple[Template, Template]:
    parent, candidate = with_slots(row.parent, row.candidate)
    return Template(id="parent", task="", text=parent), Template(id="candidate", task="", text=candidate)


def _verdict(row: CandidateRow, parent: Template, candidate: Template, *, chain: Chain, scoring: Chain) -> VerdictRow:
    context = FilterContext(parent=parent)
    verdict = judge(candidate, context=context, chain=chain)
    surety = judge(candidate, context=context, chain=scoring)
    refused_by = None if verdict.keep else verdict.reason.partition(":")[0]
    score = lowered(surety.score or 0.0, refused_by=refused_by, meant=surety.keep)
    return VerdictRow(id=row.id, keep=verdict.keep, score=score, reason=verdict.reason)
