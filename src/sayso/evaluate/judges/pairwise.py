"""Pairwise: which of two answers is better, asked in both orders.

A judge that prefers what it reads first contradicts itself when the two are swapped: such a pair is a tie, and only a winner in both orders wins. `first` is the case's `answer`, `second` its
`other`. Where one of the two replies cannot be read there is no opinion. Wording ours; the swap: Zheng et al. 2023, arXiv 2306.05685, section 3.4, and VisIT-Bench, Bitton et al. 2023,
arXiv 2308.06595, section 4.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial

from msgspec import structs

from sayso.artifacts import Progress
from sayso.config import PluginConfig
from sayso.evaluate.corpus.win_rate import WinRate
from sayso.evaluate.judges._asking import asked, judge_model, marked, opinion_of
from sayso.evaluate.judges._protocol import Case, Opinion, judges
from sayso.lm import LanguageModel, Request

__all__ = ["Pairwise", "pairwise"]

TASK = """Two people, A and B, were asked the same question about a picture. You say whose answer serves the person who asked better: right before complete, complete before \
elegant. Which of the two comes first says nothing, nor does length."""
END = "First say in a sentence what decides. Then end with one line of these, and use the word only there:\nWinner: A\nWinner: B\nWinner: tie"
STRAIGHT = {"a": "first", "b": "second", "tie": "tie"}
SWAPPED = {"a": "second", "b": "first", "tie": "tie"}


@dataclass(frozen=True)
class Pairwise:
    """Two calls a case."""

    model: LanguageModel

    @property
    def model_name(self) -> str:
        """Who judges."""
        return self.model.name

    @cached_property
    def metric(self) -> WinRate:
        """Shares of wins and ties."""
        return WinRate(judge=self.model.name)

    def judge(self, cases: Iterable[Case]) -> Iterator[Opinion]:
        """`first`, `second` or `tie` of each case, in order."""
        some = list(cases)
        both = [_question(case, swapped=swapped) for case in some for swapped in (False, True)]
        replies = self.model.answer(both)
        read = partial(marked, marker="winner", known=tuple(STRAIGHT))
        for case, straight, swapped in zip(some, replies, replies, strict=True):
            first = opinion_of(case, straight, read=read, judge=self.model.name)
            second = opinion_of(case, swapped, read=read, judge=self.model.name)
            yield _joined(first, second)


def _question(case: Case, *, swapped: bool) -> Request:
    """An answer of the pair that is itself the right one is not shown as such: it would be known which of the two that is."""
    pair = (case.other, case.answer) if swapped else (case.answer, case.other)
    shown = structs.replace(case, reference="") if case.reference.strip() == case.other.strip() else case
    return asked(TASK, shown, answers={"Answer of A": pair[0], "Answer of B": pair[1]}, end=END)


def _joined(straight: Opinion, swapped: Opinion) -> Opinion:
    both = (straight, swapped)
    replies = straight.replies + swapped.replies
    lost = next((one for one in both if one.value is None), None)
    if lost is not None:
        answered = all(one.answered for one in both)
        return Opinion(
            example=lost.example, value=None, judge=lost.judge, reason=lost.reason, replies=replies, answered=answered
        )
    one, other = STRAIGHT[str(straight.value)], SWAPPED[str(swapped.value)]
    return Opinion(
        example=straight.example,
        value=one if one == other else "tie",
        judge=straight.judge,
        reason="" if one == other else "the judge changed its mind with the order",
        replies=replies,
    )


@judges.register("pairwise")
def pairwise(*, model: PluginConfig | None = None, store: str = "", progress: Progress | None = None) -> Pairwise:
    """Winners of pairs, each asked in both orders.

    Raises:
        ConfigError: no language model is given.
    """
    return Pairwise(judge_model(model, judge="pairwise", store=store, progress=progress))
