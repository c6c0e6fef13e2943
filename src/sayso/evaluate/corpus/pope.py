"""POPE: is there such an object in the picture? Yes is the positive class.

Figures: `pope_f1`, `pope_accuracy`, `pope_precision`, `pope_recall`, `pope_yes_ratio` (the share of *predictions* that say yes; lmms-eval's figure of
that name counts gold answers and never moves) and `pope_unparsed`. An answer that could not be read is wrong for accuracy, in neither cell of precision or recall, and
counted. Published numbers are for the parser `pope_official`, under which nothing is unread.

References are `yes` or `no`. `Answer.about`: nothing is needed; with `image`, the questions of a picture are one unit of the intervals.

Source: Li et al. 2023, arXiv 2305.10355. Scores are a mean over the three splits there: give each split to the metric on its own.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sayso.evaluate.corpus._binary import binary_figures, cells, group_sums, unit_of, unread
from sayso.evaluate.corpus._protocol import Answer, Tally, corpus_metrics
from sayso.evaluate.metrics import MetricCard
from sayso.evaluate.sensitivity import Floats

__all__ = ["pope", "Pope"]

SOURCE = "POPE, arXiv 2305.10355; positive is yes"
FIGURES = {
    "pope_f1": "f1",
    "pope_accuracy": "accuracy",
    "pope_precision": "precision",
    "pope_recall": "recall",
    "pope_yes_ratio": "positives",
    "pope_unparsed": "unread",
}
NOTES = {
    "pope_yes_ratio": "; share of predictions that say yes, best near that of the gold answers",
    "pope_unparsed": "; share of predictions without an answer",
}


@dataclass(frozen=True)
class Pope:
    """Six figures, all in [0, 1]."""

    @property
    def cards(self) -> tuple[MetricCard, ...]:
        """F1 first."""
        return tuple(
            MetricCard(name=name, source=SOURCE + NOTES.get(name, ""), higher_is_better=name != "pope_unparsed")
            for name in FIGURES
        )

    def tally(self, answers: Sequence[Answer]) -> Tally:
        """The six cells, summed over the questions of a picture."""
        rows: dict[str, list[list[float]]] = defaultdict(list)
        for answer in answers:
            rows[unit_of(answer)].append(cells(answer, positive="yes"))
        units, statistics = group_sums(rows)
        return Tally(units=units, statistics=statistics, reasons=Counter(filter(None, map(unread, answers))))

    def figures(self, sums_RK: Floats) -> Mapping[str, Floats]:
        """All six."""
        found = binary_figures(sums_RK)
        return {name: found[kind] for name, kind in FIGURES.items()}


@corpus_metrics.register("pope")
def pope() -> Pope:
    """POPE's figures."""
    return Pope()
