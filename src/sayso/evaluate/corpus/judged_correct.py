"""Verdicts of the judge `correctness`: the share of answers that it calls correct.

Texts are `correct`, `incorrect` or `unclear`. Figures: `judged_correct`, `judged_unclear`, both of the answers with a verdict, and `judged_unparsed`, the share of answers without one. The cards name the
judge. HallusionBench has rules of its own for what is unclear: use `hallusion_bench` there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sayso.evaluate.corpus._protocol import Answer, Tally, corpus_metrics
from sayso.evaluate.corpus._shares import shares, tally_of
from sayso.evaluate.metrics import MetricCard
from sayso.evaluate.sensitivity import Floats

__all__ = ["judged_correct", "JudgedCorrect", "VERDICTS"]

VERDICTS = ("correct", "incorrect", "unclear")
"""What the judge `correctness` says."""


@dataclass(frozen=True, kw_only=True)
class JudgedCorrect:
    """Three shares."""

    judge: str = ""

    @property
    def cards(self) -> tuple[MetricCard, ...]:
        """The share of correct answers first."""
        source = f"verdicts; judged by {self.judge or 'a model that was not named'}"
        return (
            MetricCard(name="judged_correct", source=source),
            MetricCard(name="judged_unclear", source=source, higher_is_better=False),
            MetricCard(name="judged_unparsed", source=source, higher_is_better=False),
        )

    def tally(self, answers: Sequence[Answer]) -> Tally:
        """A column a verdict, and one for none."""
        return tally_of(answers, verdicts=VERDICTS)

    def figures(self, sums_RK: Floats) -> Mapping[str, Floats]:
        """Ratios of sums."""
        found = shares(sums_RK, verdicts=VERDICTS)
        return {f"judged_{name}": found[name] for name in ("correct", "unclear", "unparsed")}


@corpus_metrics.register("judged_correct")
def judged_correct(*, judge: str = "") -> JudgedCorrect:
    """Shares of verdicts by the model named `judge`."""
    return JudgedCorrect(judge=judge)
