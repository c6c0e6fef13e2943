"""What a corpus metric is: many answers in, a few named figures out, each a function of sums over independent units.

Some numbers are no mean over predictions: BLEU and POPE's F1 are ratios of sums, CIDEr weighs words by how many images speak of them, HallusionBench
counts groups of questions. All of them are functions of sums over units - an answer, or a group of answers that belong together. So an interval
needs no second definition: units are drawn again, sums are added, and the figures are computed from them (see `measuring`).

A metric of single predictions (`sayso.evaluate.metrics`) is one of these too: the mean of its values (`mean_of`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from sayso.evaluate.metrics import Context, MetricCard
from sayso.evaluate.sensitivity import Floats
from sayso.records import Record
from sayso.registry import Registry

__all__ = ["Answer", "corpus_metrics", "CorpusMetric", "Tally"]


class Answer(Record, frozen=True, kw_only=True):
    """What a model answered, as the parser read it, beside what it is compared with.

    `text` is None where the parser found no answer, and `reason` then says why. `about` is what else the suite says of the example (its category,
    its picture, its group ...).
    """

    example: str
    text: str | None
    references: tuple[str, ...]
    reason: str = ""
    output: str = ""
    context: Context = msgspec.field(default_factory=Context)
    about: dict[str, str] = msgspec.field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Sums to be: `statistics` is (units, K), a row per unit; `units` names them, `reasons` counts what could not be read or scored and why."""

    units: tuple[str, ...]
    statistics: Floats
    reasons: Mapping[str, int] = field(default_factory=dict)


class CorpusMetric(Protocol):
    """Figures over all answers of a suite or task under one wording."""

    @property
    def cards(self) -> tuple[MetricCard, ...]:
        """Name, source, range, direction and tokeniser of each figure, the headline first."""
        ...

    def tally(self, answers: Sequence[Answer]) -> Tally:
        """The statistics of every unit.

        Raises:
            DataError: an answer lacks what the metric needs, such as its group; the message names the example.
        """
        ...

    def figures(self, sums_RK: Floats) -> Mapping[str, Floats]:
        """For R sums over units, each figure as (R,) numbers; NaN where it has no value, such as a precision without positives."""
        ...


corpus_metrics: Registry[CorpusMetric] = Registry("corpus metric", "sayso.evaluate.corpus")
"""Corpus metrics by name."""
