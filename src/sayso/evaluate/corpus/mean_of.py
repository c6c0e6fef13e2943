"""A metric of single predictions as a corpus metric: the mean of its values, over those that have one."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sayso.evaluate.corpus._protocol import Answer, Tally
from sayso.evaluate.means import ratio
from sayso.evaluate.metrics import Metric, MetricCard, score, unread
from sayso.evaluate.sensitivity import Floats
from sayso.records import Score

__all__ = ["MeanOf"]


@dataclass(frozen=True)
class MeanOf:
    """Each answer is a unit with its value and a 1, or two zeros where it has none."""

    metric: Metric

    @property
    def cards(self) -> tuple[MetricCard, ...]:
        """The metric's own card."""
        return (self.metric.card,)

    def tally(self, answers: Sequence[Answer]) -> Tally:
        """An answer that could not be read gets the worst value; one that cannot be scored is left out, with its reason."""
        scores = [self._score(answer) for answer in answers]
        rows = [(0.0, 0.0) if one.value is None else (one.value, 1.0) for one in scores]
        return Tally(
            units=tuple(answer.example for answer in answers),
            statistics=np.array(rows, dtype=np.float64).reshape(-1, 2),
            reasons=Counter(one.reason for one in scores if one.reason),
        )

    def figures(self, sums_RK: Floats) -> Mapping[str, Floats]:
        """The mean, by the metric's name."""
        return {self.metric.card.name: ratio(*sums_RK.T)}

    def _score(self, answer: Answer) -> Score:
        if answer.text is None and answer.references:
            why = answer.reason or "no answer found"
            return unread(self.metric, references=answer.references, context=answer.context, reason=why)
        return score(self.metric, prediction=answer.text or "", references=answer.references, context=answer.context)
