"""OCRBench: an answer is right where it holds a reference; the figure is the number of right answers in a thousand.

Both are lower-cased and newlines become spaces; in the data set HME100k (formulas) spaces are removed and case counts. On the whole set of 1,000 questions `ocrbench` is
the published sum; on fewer it is scaled to a thousand. An answer that could not be read is wrong and counted; one without a reference is left out.

`Answer.about`: `dataset` where it is HME100k.

Source: Liu et al. 2023, arXiv 2305.07895, as in lmms-eval.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sayso.evaluate.corpus._protocol import Answer, Tally, corpus_metrics
from sayso.evaluate.means import ratio
from sayso.evaluate.metrics import MetricCard
from sayso.evaluate.sensitivity import Floats

__all__ = ["ocrbench", "OcrBench"]

CARD = MetricCard(
    name="ocrbench", source="OCRBench, arXiv 2305.07895: right answers in 1,000, by inclusion", high=1000.0
)


@dataclass(frozen=True)
class OcrBench:
    """In [0, 1000]."""

    @property
    def cards(self) -> tuple[MetricCard, ...]:
        """One."""
        return (CARD,)

    def tally(self, answers: Sequence[Answer]) -> Tally:
        """Right, and 1."""
        rows = [(_right(answer), 1.0) if answer.references else (0.0, 0.0) for answer in answers]
        reasons = ("no reference" if not one.references else _lost(one) for one in answers)
        return Tally(
            units=tuple(answer.example for answer in answers),
            statistics=np.array(rows, dtype=np.float64).reshape(-1, 2),
            reasons=Counter(filter(None, reasons)),
        )

    def figures(self, sums_RK: Floats) -> Mapping[str, Floats]:
        """The share of right answers, times 1,000."""
        return {CARD.name: 1000 * ratio(sums_RK[:, 0], sums_RK[:, 1])}


def _lost(answer: Answer) -> str:
    return (answer.reason or "no answer found") if answer.text is None else ""


def _right(answer: Answer) -> float:
    formulas = answer.about.get("dataset", "").casefold() == "hme100k"
    text = _plain(answer.text or "", formulas=formulas)
    wanted = [_plain(reference, formulas=formulas) for reference in answer.references]
    return float(bool(text) and any(one and one in text for one in wanted))


def _plain(text: str, *, formulas: bool) -> str:
    text = text.strip().replace("\n", " ")
    return text.replace(" ", "") if formulas else text.lower()


@corpus_metrics.register("ocrbench")
def ocrbench() -> OcrBench:
    """OCRBench's sum."""
    return OcrBench()
