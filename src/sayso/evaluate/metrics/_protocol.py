"""What a metric is: text in, one number with a reason out.

A metric compares one prediction with the references and never guesses: what it cannot read scores the worst value
and says why ("no region found"), and what cannot be scored at all (no reference, a gold answer that was not offered)
has the value None and stays out of every mean. Call metrics through `score`, which keeps both promises for all of them.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from sayso.records import Region, Score
from sayso.registry import Registry

__all__ = ["Context", "Metric", "MetricCard", "metrics", "ReadRegions", "score", "unread"]

ReadRegions: TypeAlias = Callable[[str], Sequence[Region]]
"""Finds the boxes a text names, in the prompt's region style; an empty result means that there is none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MetricCard:
    """What a reader of a number must know.

    Values lie in [`low`, `high`]; `source` cites the definition and `tokeniser` says how text is cut (empty: it is not). `reads_blank`: a blank
    prediction may be right where a reference is blank too.
    """

    name: str
    source: str
    low: float = 0.0
    high: float = 1.0
    higher_is_better: bool = True
    tokeniser: str = ""
    reads_blank: bool = False

    @property
    def worst(self) -> float:
        """The value of a prediction with nothing right in it."""
        return self.low if self.higher_is_better else self.high


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """What else was on the table: the options as shown, their labels (`A`, `B` ...) if any, and how to read boxes."""

    options: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    read_regions: ReadRegions | None = None


class Metric(Protocol):
    """One number per prediction."""

    @property
    def card(self) -> MetricCard:
        """Name, source, range and direction."""
        ...

    def measure(self, prediction: str, *, references: tuple[str, ...], context: Context) -> Score:
        """The value of a prediction that is not blank against at least one reference."""
        ...


SOME = "-"
"""An answer as good as any to see whether one can be scored."""
metrics: Registry[Metric] = Registry("metric", "sayso.evaluate.metrics")
"""Metrics by name."""


def score(metric: Metric, *, prediction: str, references: tuple[str, ...], context: Context | None = None) -> Score:
    """Score one prediction.

    A blank prediction gets the worst value, unless the card reads blanks and a reference is one; no reference, one that the metric cannot use, or a value that is not a number in
    the metric's range, gives None. Both come with a reason.
    """
    card = metric.card
    if not references:
        return Score(metric=card.name, value=None, reason="no reference")
    blank_is_right = card.reads_blank and any(not reference.strip() for reference in references)
    if not prediction.strip() and not blank_is_right:
        return unread(metric, references=references, context=context or Context(), reason="empty prediction")
    return _checked(metric.measure(prediction, references=references, context=context or Context()), card=card)


def unread(metric: Metric, *, references: tuple[str, ...], context: Context, reason: str) -> Score:
    """The score of an answer that could not be read: the worst value, or None where no answer to these references could be scored."""
    card = metric.card
    some = _checked(metric.measure(SOME, references=references, context=context), card=card)
    return some if some.value is None else Score(metric=card.name, value=card.worst, reason=reason)


def _checked(found: Score, *, card: MetricCard) -> Score:
    value = found.value
    if value is None or (math.isfinite(value) and card.low <= value <= card.high):
        return found
    return Score(metric=card.name, value=None, reason=f"value {value} is outside [{card.low}, {card.high}]")
