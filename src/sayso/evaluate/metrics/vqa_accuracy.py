"""VQA accuracy: how many of ten annotators agree, at most three of them counting.

For each annotator, the answers of the others that equal the prediction, over 3 and at most 1; the value is the mean over annotators. So 0, 1, 2, 3 or
at least 4 of ten matching answers give 0, 0.3, 0.6, 0.9 and 1. Answers are made alike first (`_vqa_words`), by `official` only where the
annotators differ; where all say the same, the comparison is literal, capitals and all, as in the official script. `evalai` and `lmms` always do.

References are the answers of all annotators, repeated as often as they were given. With fewer than four no answer could reach 1, so
nothing is scored. `unanswerable` of VizWiz is an answer like any other.

Source: Antol et al. 2015, "VQA: Visual Question Answering", arXiv 1505.00468, as in GT-Vision-Lab/VQA.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sayso.evaluate.metrics._protocol import Context, MetricCard, metrics
from sayso.evaluate.metrics._vqa_words import NORMALISERS, Normaliser, one_line
from sayso.records import Score

__all__ = ["vqa_accuracy", "VqaAccuracy"]

NAME = "vqa_accuracy"
FEWEST = 4
ENOUGH = 3


@dataclass(frozen=True)
class VqaAccuracy:
    """In [0, 1]."""

    normaliser: Normaliser = "official"

    @property
    def card(self) -> MetricCard:
        """Says which normaliser it is."""
        return MetricCard(
            name=NAME,
            source="VQA, arXiv 1505.00468, leave-one-out over annotators as in vqaEval.py",
            tokeniser=f"whole answer, normaliser {self.normaliser}",
        )

    def measure(self, prediction: str, *, references: tuple[str, ...], context: Context) -> Score:
        """The mean over annotators; None where there are fewer than four."""
        del context
        if len(references) < FEWEST:
            return Score(metric=NAME, value=None, reason=f"fewer than {FEWEST} annotators")
        clean = self._clean(references)
        said = clean(prediction)
        return Score(metric=NAME, value=agreement(sum(clean(one) == said for one in references), of=len(references)))

    def _clean(self, references: tuple[str, ...]) -> Callable[[str], str]:
        if self.normaliser == "official" and len({one_line(one) for one in references}) == 1:
            return one_line
        return NORMALISERS[self.normaliser]


def agreement(number: int, *, of: int) -> float:
    """The mean over `of` annotators of min(1, others that match / 3), where `number` of them match."""
    matching = number * min(ENOUGH, number - 1) if number else 0
    return (matching + (of - number) * min(ENOUGH, number)) / (ENOUGH * of)


@metrics.register(NAME)
def vqa_accuracy(*, normaliser: Normaliser = "official") -> VqaAccuracy:
    """VQA accuracy; `normaliser` is official, evalai (TextVQA, VizWiz) or lmms (lmms-eval's VQAv2)."""
    return VqaAccuracy(normaliser=normaliser)
