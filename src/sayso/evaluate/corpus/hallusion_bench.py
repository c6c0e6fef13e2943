"""HallusionBench: yes-or-no questions in groups about original and edited figures, right only if all of a group is.

Figures: `hallusion_a_acc` (answers), `hallusion_q_acc` (groups: one question over all its figures), `hallusion_f_acc` (figures: all questions about one; those without a
figure, category VS and figure 0, left out), `hallusion_q_acc_easy` and `hallusion_q_acc_hard` (groups of the rows whose `visual_input` is not, or is, 2), and
`hallusion_unparsed`.

`Answer.about` needs `category` (VD or VS), `subcategory`, `set_id`, `question_id`, `figure_id` and `visual_input`. A text is `yes` or `no`, compared with the reference, or what
the judge `correctness` said of the answer: `correct`, `incorrect` or `unclear`. As published, unclear is right only where there was no figure to see (VS, figure 0). An
answer that could not be read is wrong and counted, never unclear. All groups and figures of a set (category, subcategory, set) are one unit.

The published numbers are by a judge over 1,129 questions; rules over the 951 with a figure give others.

Source: Guan et al. 2023, arXiv 2310.14566, section 3.3.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sayso.errors import DataError
from sayso.evaluate.corpus._binary import ratio, truth_of, unread, yes_or_no
from sayso.evaluate.corpus._protocol import Answer, Tally, corpus_metrics
from sayso.evaluate.metrics import MetricCard
from sayso.evaluate.sensitivity import Floats

__all__ = ["hallusion_bench", "HallusionBench", "NEEDED"]

NEEDED = ("category", "subcategory", "set_id", "question_id", "figure_id", "visual_input")
JUDGED = {"correct", "incorrect", "unclear"}
FIGURES = tuple(f"hallusion_{name}" for name in ("a_acc", "q_acc", "f_acc", "q_acc_easy", "q_acc_hard", "unparsed"))
SOURCE = "HallusionBench, arXiv 2310.14566"


@dataclass(frozen=True)
class HallusionBench:
    """Six figures, all in [0, 1]."""

    judge: str = ""

    @property
    def cards(self) -> tuple[MetricCard, ...]:
        """Accuracy over answers first."""
        source = SOURCE + (f"; judged by {self.judge}" if self.judge else "; by rule")
        return tuple(
            MetricCard(name=name, source=source, higher_is_better=not name.endswith("unparsed")) for name in FIGURES
        )

    def tally(self, answers: Sequence[Answer]) -> Tally:
        """Right and all of each kind of group, by set."""
        sets: dict[str, list[tuple[Answer, bool]]] = defaultdict(list)
        for answer in answers:
            sets[_key(answer, "category", "subcategory", "set_id")].append((answer, _right(answer)))
        return Tally(
            units=tuple(sets),
            statistics=np.array([_row(members) for members in sets.values()], dtype=np.float64),
            reasons=Counter(reason for one in answers if one.text not in JUDGED and (reason := unread(one))),
        )

    def figures(self, sums_RK: Floats) -> Mapping[str, Floats]:
        """Each is a ratio of two columns."""
        return {name: ratio(sums_RK[:, 2 * i], sums_RK[:, 2 * i + 1]) for i, name in enumerate(FIGURES)}


def _row(members: list[tuple[Answer, bool]]) -> list[float]:
    figures = [pair for pair in members if not _without_figure(pair[0])]
    easy = [pair for pair in members if pair[0].about["visual_input"] != "2"]
    hard = [pair for pair in members if pair[0].about["visual_input"] == "2"]
    lost = sum(one.text not in JUDGED and unread(one) != "" for one, _ in members)
    return [
        *(sum(right for _, right in members), len(members)),
        *_groups(members, by="question_id"),
        *_groups(figures, by="figure_id"),
        *_groups(easy, by="question_id"),
        *_groups(hard, by="question_id"),
        *(lost, len(members)),
    ]


def _groups(members: Iterable[tuple[Answer, bool]], *, by: str) -> tuple[int, int]:
    """How many groups are wholly right, and how many there are."""
    groups: dict[str, bool] = {}
    for answer, right in members:
        groups[answer.about[by]] = groups.get(answer.about[by], True) and right
    return sum(groups.values()), len(groups)


def _right(answer: Answer) -> bool:
    if answer.text in JUDGED:
        return answer.text == "correct" or (answer.text == "unclear" and _without_figure(answer))
    return yes_or_no(answer.text) == truth_of(answer)


def _without_figure(answer: Answer) -> bool:
    return answer.about["category"] == "VS" and answer.about["figure_id"] == "0"


def _key(answer: Answer, *names: str) -> str:
    lacking = [name for name in NEEDED if name not in answer.about]
    if lacking:
        raise DataError(f"{answer.example}: HallusionBench needs {', '.join(lacking)}, and has {sorted(answer.about)}")
    if answer.about["category"] not in {"VD", "VS"}:
        raise DataError(f"{answer.example}: category is {answer.about['category']!r}; it must be VD or VS")
    return "/".join(answer.about[name] for name in names)


@corpus_metrics.register("hallusion_bench")
def hallusion_bench(*, judge: str = "") -> HallusionBench:
    """HallusionBench's accuracies; `judge` is the name of the model that judged, where one did."""
    return HallusionBench(judge=judge)
