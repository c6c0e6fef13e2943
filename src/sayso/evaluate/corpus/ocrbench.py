"""OCRBench's accuracy: an answer is right where any reference stands in it.

Both are lower-cased, with new lines as spaces; for formulas of HME100k all spaces are taken out and case is kept. The published score is the number of right answers among 1,000, which is this
accuracy times 1,000.

Source: Liu et al. 2023, arXiv:2305.07895, and its evaluation script as lmms-eval has it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sayso.evaluate.corpus._protocol import Answer, Tally, corpus_metrics
from sayso.evaluate.metrics import MetricCard
from sayso.evaluate.sensitivity import Floats

__all__ = ["OcrBench", "ocrbench"]

CARD = MetricCard(name="ocrbench_accuracy", source="Liu et al. 2023, arXiv:2305.07895; any reference within the answer")
FORMULAS = "HME100k"


@dataclass(frozen=True)
class OcrBench:
    """Sums: right, scored."""

    cards: tuple[MetricCard, ...] = (CARD,)

    def tally(self, answers: Sequence[Answer]) -> Tally:
        """A unit an answer; one without a reference is left out and counted."""
        rows = [(float(_is_right(one)), 1.0) if one.references else (0.0, 0.0) for one in answers]
        why = ("no reference" if not one.references else one.reason for one in answers)
        return Tally(
            units=tuple(one.example for one in answers),
            statistics=np.array(rows, dtype=np.float64).reshape(-1, 2),
            reasons=Counter(reason for reason in why if reason),
        )

    def figures(self, sums_RK: Floats) -> Mapping[str, Floats]:
        """The share that is right."""
        right, count = sums_RK.T
        return {CARD.name: np.asarray(np.divide(right, count, out=np.full(right.shape, np.nan), where=count > 0))}


def _is_right(answer: Answer) -> bool:
    plain = _formula if answer.about.get("dataset") == FORMULAS else _text
    said = plain(answer.text or "")
    return any(plain(reference) in said for reference in answer.references)


def _text(text: str) -> str:
    return text.lower().strip().replace("\n", " ")


def _formula(text: str) -> str:
    return text.strip().replace("\n", " ").replace(" ", "")


@corpus_metrics.register("ocrbench")
def ocrbench() -> OcrBench:
    """OCRBench's accuracy."""
    return OcrBench()
