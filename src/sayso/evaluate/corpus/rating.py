"""Ratings by a judge: their mean, and the share of replies that had none.

The text of an answer is the rating that a judge gave, a number from `low` to `high`. An answer without one is left out of the mean and counted: nobody knows what it is
worth. `Answer.about` needs nothing. Figures: `rating` and `rating_unparsed` (the share of answers without a rating). The cards name the judge.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sayso.errors import DataError
from sayso.evaluate.corpus._protocol import Answer, Tally, corpus_metrics
from sayso.evaluate.means import ratio
from sayso.evaluate.metrics import MetricCard
from sayso.evaluate.sensitivity import Floats

__all__ = ["Rating", "rating"]


@dataclass(frozen=True, kw_only=True)
class Rating:
    """A mean in [`low`, `high`]."""

    low: float = 1.0
    high: float = 5.0
    judge: str = ""

    @property
    def cards(self) -> tuple[MetricCard, ...]:
        """The mean first."""
        source = f"mean of ratings; judged by {self.judge or 'a model that was not named'}"
        lost = f"answers without a rating; {source}"
        return (
            MetricCard(name="rating", source=source, low=self.low, high=self.high),
            MetricCard(name="rating_unparsed", source=lost, higher_is_better=False),
        )

    def tally(self, answers: Sequence[Answer]) -> Tally:
        """The rating, a 1 where there is one, a 1 where there is none, and a 1."""
        return Tally(
            units=tuple(answer.example for answer in answers),
            statistics=np.array([self._row(answer) for answer in answers], dtype=np.float64).reshape(-1, 4),
            reasons=Counter(answer.reason or "no rating" for answer in answers if answer.text is None),
        )

    def figures(self, sums_RK: Floats) -> Mapping[str, Floats]:
        """Ratios of sums."""
        total, number, lost, every = sums_RK.T
        return {"rating": ratio(total, number), "rating_unparsed": ratio(lost, every)}

    def _row(self, answer: Answer) -> tuple[float, ...]:
        if answer.text is None:
            return 0.0, 0.0, 1.0, 1.0
        try:
            value = float(answer.text)
        except ValueError:
            value = float("nan")
        if not self.low <= value <= self.high:
            raise DataError(f"{answer.example}: {answer.text!r} is no rating from {self.low:g} to {self.high:g}")
        return value, 1.0, 0.0, 1.0


@corpus_metrics.register("rating")
def rating(*, low: float = 1.0, high: float = 5.0, judge: str = "") -> Rating:
    """The mean of ratings from `low` to `high` by the model named `judge`."""
    return Rating(low=low, high=high, judge=judge)
