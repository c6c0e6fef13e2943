"""HallusionBench: yes-or-no questions in groups about original and edited figures, right only if all of a group is.

Figures: `hallusion_a_acc` (answers), `hallusion_q_acc` (groups: one question over all its figures), `hallusion_f_acc` (figures: all questions about one; those without a
figure, category VS and figure 0, left out), `hallusion_q_acc_easy` and `hallusion_q_acc_hard` (groups of the rows whose `visual_input` is not, or is, 2),
`hallusion_inconsistent` and `hallusion_all_wrong` (groups right on some figures only, or on none), `hallusion_yes_difference` (share of answers that say yes less that of gold answers),
`hallusion_yes_among_wrong` (of the wrong answers, those that say yes) and `hallusion_unparsed`.

`Answer.about` needs `category` (VD or VS), `subcategory`, `set_id`, `question_id`, `figure_id` and `visual_input`. A text is `yes` or `no`, compared with the reference, or what
the judge `correctness` said of the answer: `correct`, `incorrect` or `unclear`. As published, unclear is right only where there was no figure to see (VS, figure 0). An
answer that could not be read is wrong and counted, never unclear; one without a reference is left out and counted. All groups and figures of a set (category, subcategory, set) are one unit.

The published numbers are by a judge over 1,129 questions; rules over the 951 with a figure give others.

Source: Guan et al. 2023, arXiv 2310.14566, section 3.3.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sayso.errors import DataError
from sayso.evaluate.corpus._binary import truth_of, unread, yes_or_no
from sayso.evaluate.corpus._protocol import Answer, Tally, corpus_metrics
from sayso.evaluate.corpus.judged_correct import VERDICTS
from sayso.evaluate.means import ratio
from sayso.evaluate.metrics import MetricCard
from sayso.evaluate.sensitivity import Floats

__all__ = ["hallusion_bench", "HallusionBench", "NEEDED"]

NEEDED = ("category", "subcategory", "set_id", "question_id", "figure_id", "visual_input")
HIGHER = ("a_acc", "q_acc", "f_acc", "q_acc_easy", "q_acc_hard")
LOWER = ("inconsistent", "all_wrong", "yes_difference", "yes_among_wrong", "unparsed")
FIGURES = tuple(f"hallusion_{name}" for name in HIGHER + LOWER)
SOURCE = "HallusionBench, arXiv 2310.14566"


@dataclass(frozen=True)
class HallusionBench:
    """Ten figures, all in [0, 1] but the difference, which is best at 0."""

    judge: str = ""

    @property
    def cards(self) -> tuple[MetricCard, ...]:
        """Accuracy over answers first."""
        source = SOURCE + (f"; judged by {self.judge}" if self.judge else "; by rule")
        better = {f"hallusion_{name}" for name in HIGHER}
        return tuple(
            MetricCard(
                name=name,
                source=source,
                low=-1.0 if name.endswith("yes_difference") else 0.0,
                higher_is_better=name in better,
            )
            for name in FIGURES
        )

    def tally(self, answers: Sequence[Answer]) -> Tally:
        """Right and all of each kind of group, by set."""
        sets: dict[str, list[tuple[Answer, bool]]] = defaultdict(list)
        for answer in answers:
            members = sets[_key(answer, "category", "subcategory", "set_id")]
            if answer.references or answer.text in VERDICTS:
                members.append((answer, _right(answer)))
        return Tally(
            units=tuple(sets),
            statistics=np.array([_row(members) for members in sets.values()], dtype=np.float64),
            reasons=Counter(reason for one in answers if one.text not in VERDICTS and (reason := unread(one))),
        )

    def figures(self, sums_RK: Floats) -> Mapping[str, Floats]:
        """Each is a ratio of two columns."""
        return {name: ratio(sums_RK[:, 2 * i], sums_RK[:, 2 * i + 1]) for i, name in enumerate(FIGURES)}


def _row(members: list[tuple[Answer, bool]]) -> list[float]:
    """A numerator and a denominator for each figure."""
    figures = [pair for pair in members if not _without_figure(pair[0])]
    easy = [pair for pair in members if pair[0].about["visual_input"] != "2"]
    hard = [pair for pair in members if pair[0].about["visual_input"] == "2"]
    lost = sum(one.text not in VERDICTS and unread(one) != "" for one, _ in members)
    questions = _groups(members, by="question_id")
    return [
        *(sum(right for _, right in members), len(members)),
        *(sum(map(all, questions)), len(questions)),
        *_all_right(figures, by="figure_id"),
        *_all_right(easy, by="question_id"),
        *_all_right(hard, by="question_id"),
        *(sum(any(group) and not all(group) for group in questions), len(questions)),
        *(sum(not any(group) for group in questions), len(questions)),
        *_leaning(members),
        *(lost, len(members)),
    ]


def _groups(members: Iterable[tuple[Answer, bool]], *, by: str) -> list[list[bool]]:
    """Which answers of each group are right."""
    groups: dict[str, list[bool]] = defaultdict(list)
    for answer, right in members:
        groups[answer.about[by]].append(right)
    return list(groups.values())


def _all_right(members: Iterable[tuple[Answer, bool]], *, by: str) -> tuple[int, int]:
    """How many groups are wholly right, and how many there are."""
    groups = _groups(members, by=by)
    return sum(map(all, groups)), len(groups)


def _leaning(members: Iterable[tuple[Answer, bool]]) -> tuple[int, int, int, int]:
    """Of what was read: answers less gold answers that say yes, how many they are, wrong ones that say yes, and wrong ones."""
    read = [(right, truth_of(one) == "yes") for one, right in members if one.text != "unclear" and _is_read(one)]
    said = [right == gold for right, gold in read]
    wrong_yes = sum(yes and not right for yes, (right, _) in zip(said, read, strict=True))
    return sum(said) - sum(gold for _, gold in read), len(read), wrong_yes, sum(not right for right, _ in read)


def _is_read(answer: Answer) -> bool:
    return answer.text in VERDICTS or yes_or_no(answer.text) is not None


def _right(answer: Answer) -> bool:
    if answer.text in VERDICTS:
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
