"""Win rate: how often a model's answer beat the one it was compared with, as the judge `pairwise` decided it.

Texts are `first` (won), `second` (lost) or `tie`; what the model is compared with, such as the reference, is the second. Figures: `win_rate` (wins over all pairs that were decided, ties
among them), `win_rate_ties_half` (a tie is half a win), `tie_rate` and `win_unparsed` (pairs without an opinion, left out of the others). The cards name the judge.

Source: VisIT-Bench, Bitton et al. 2023, arXiv 2308.06595, section 4: win rate against the verified reference.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sayso.evaluate.corpus._protocol import Answer, Tally, corpus_metrics
from sayso.evaluate.corpus._shares import shares, tally_of
from sayso.evaluate.metrics import MetricCard
from sayso.evaluate.sensitivity import Floats

__all__ = ["win_rate", "WinRate"]

VERDICTS = ("first", "tie", "second")


@dataclass(frozen=True, kw_only=True)
class WinRate:
    """Four shares."""

    judge: str = ""

    @property
    def cards(self) -> tuple[MetricCard, ...]:
        """The share of wins first."""
        source = f"VisIT-Bench, arXiv 2308.06595; judged by {self.judge or 'a model that was not named'}"
        return (
            MetricCard(name="win_rate", source=source),
            MetricCard(name="win_rate_ties_half", source=source),
            MetricCard(name="tie_rate", source=source),
            MetricCard(name="win_unparsed", source=source, higher_is_better=False),
        )

    def tally(self, answers: Sequence[Answer]) -> Tally:
        """Wins, ties, losses, and what was not decided."""
        return tally_of(answers, verdicts=VERDICTS)

    def figures(self, sums_RK: Floats) -> Mapping[str, Floats]:
        """Ratios of sums."""
        found = shares(sums_RK, verdicts=VERDICTS)
        return {
            "win_rate": found["first"],
            "win_rate_ties_half": found["first"] + found["tie"] / 2,
            "tie_rate": found["tie"],
            "win_unparsed": found["unparsed"],
        }


@corpus_metrics.register("win_rate")
def win_rate(*, judge: str = "") -> WinRate:
    """Win rate by the model named `judge`."""
    return WinRate(judge=judge)
