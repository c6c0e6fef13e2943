"""MMHal-Bench: a judge's ratings of answers from 0 to 6, where less than 3 means that something was invented.

The text of an answer is the rating that the judge `mmhal` gave. Figures: `mmhal_score` (the mean), `mmhal_hallucination` (the share of ratings under 3), `mmhal_unparsed` (the share of the
judge's replies with no or several ratings) and `mmhal_TYPE`, the mean of each of the eight types of questions. As published, a reply without one rating counts as 0; here it is
also counted. Where the judge did not reply at all nothing is scored: the answer is left out, with its reason.

`Answer.about` needs `type` (one of TYPES). Figures of different judges do not compare; the cards name theirs.

Source: Sun et al. 2023, arXiv 2309.14525, section 4.2; the published judge is GPT-4-0314 at temperature 0.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sayso.errors import DataError, did_you_mean
from sayso.evaluate.corpus._protocol import Answer, Tally, corpus_metrics
from sayso.evaluate.means import ratio
from sayso.evaluate.metrics import MetricCard
from sayso.evaluate.sensitivity import Floats

__all__ = ["Mmhal", "mmhal", "TYPES"]

TYPES = ("attribute", "adversarial", "comparison", "counting", "relation", "environment", "holistic", "other")
"""In the order of the published questions: the type of question n is n modulo 8."""
RATINGS = tuple(map(str, range(7)))
INVENTED_BELOW = 3
SOURCE = "MMHal-Bench, arXiv 2309.14525"


@dataclass(frozen=True)
class Mmhal:
    """Means of ratings, and shares."""

    judge: str = ""

    @property
    def cards(self) -> tuple[MetricCard, ...]:
        """The mean first, which lies in [0, 6]."""
        source = f"{SOURCE}; judged by {self.judge or 'a model that was not named'}"
        return (
            MetricCard(name="mmhal_score", source=source, high=6.0),
            MetricCard(name="mmhal_hallucination", source=f"{source}; ratings under 3", higher_is_better=False),
            MetricCard(
                name="mmhal_unparsed", source=f"{source}; replies with no or several ratings", higher_is_better=False
            ),
            *(MetricCard(name=f"mmhal_{one}", source=source, high=6.0) for one in TYPES),
        )

    def tally(self, answers: Sequence[Answer]) -> Tally:
        """Rating, 1, invented, unread, then rating and 1 in the columns of the type; zeros where the judge did not reply."""
        return Tally(
            units=tuple(answer.example for answer in answers),
            statistics=np.array([_row(answer) for answer in answers], dtype=np.float64).reshape(len(answers), -1),
            reasons=Counter(answer.reason or "no rating" for answer in answers if answer.text is None),
        )

    def figures(self, sums_RK: Floats) -> Mapping[str, Floats]:
        """Ratios of sums."""
        rating, number, invented, unread = sums_RK[:, :4].T
        found = {
            "mmhal_score": ratio(rating, number),
            "mmhal_hallucination": ratio(invented, number),
            "mmhal_unparsed": ratio(unread, number),
        }
        by_type = {f"mmhal_{one}": ratio(sums_RK[:, 4 + 2 * i], sums_RK[:, 5 + 2 * i]) for i, one in enumerate(TYPES)}
        return {**found, **by_type}


def _row(answer: Answer) -> list[float]:
    kind = answer.about.get("type", "")
    if kind not in TYPES:
        raise DataError(f"{answer.example}: type {kind!r} is none of MMHal's{did_you_mean(kind, list(TYPES))}")
    if answer.text is not None and answer.text not in RATINGS:
        raise DataError(
            f"{answer.example}: {answer.text!r} is no rating from 0 to 6; let the judge mmhal rate answers first"
        )
    row = np.zeros(4 + 2 * len(TYPES))
    if answer.about.get("judged") != "no":
        rating = float(answer.text or 0)
        row[:4] = rating, 1, rating < INVENTED_BELOW, answer.text is None
        place = 4 + 2 * TYPES.index(kind)
        row[place : place + 2] = rating, 1
    return list(row)


@corpus_metrics.register("mmhal")
def mmhal(*, judge: str = "") -> Mmhal:
    """MMHal-Bench's figures; `judge` is the name of the model that judged."""
    return Mmhal(judge=judge)
