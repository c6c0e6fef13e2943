"""ROUGE-L: F1 of the longest common subsequence of words, the best over the references.

With `l` the length of the longest common subsequence, precision is `l` over the prediction's words, recall `l` over the
reference's, and the value is their harmonic mean (beta = 1). Words are runs of a-z and 0-9 of the lower-cased text, without
stemming; text in other scripts has no words here and is not scored. coco-caption's ROUGE-L (beta = 1.2, precision and recall each
maximised alone) gives other numbers.

Source: Lin 2004, "ROUGE: A Package for Automatic Evaluation of Summaries", as in Google's rouge-score 0.1.2.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from sayso.evaluate.metrics._protocol import Context, MetricCard, metrics
from sayso.instructions.overlap import longest_common
from sayso.records import Score

__all__ = ["rouge_l", "RougeL", "words"]

CARD = MetricCard(
    name="rouge_l",
    source="Lin 2004, as in rouge-score 0.1.2 without stemming: F1, best reference",
    tokeniser="lower case, runs of [a-z0-9]",
)
WORD = re.compile(r"[a-z0-9]+")


@lru_cache(maxsize=65536)
def words(text: str) -> tuple[str, ...]:
    """Runs of a-z and 0-9 of the lower-cased text."""
    return tuple(WORD.findall(text.lower()))


@lru_cache(maxsize=65536)
def f1(prediction: str, reference: str) -> float:
    """Harmonic mean of precision and recall of the longest common subsequence; 0 where nothing is common."""
    mine, gold = words(prediction), words(reference)
    common = longest_common(mine, gold)
    return 2 * common / (len(mine) + len(gold)) if common else 0.0


@dataclass(frozen=True)
class RougeL:
    """In [0, 1]."""

    card: MetricCard = CARD

    def measure(self, prediction: str, *, references: tuple[str, ...], context: Context) -> Score:
        """The best F1 over the references; None where no reference has a word."""
        del context
        usable = [reference for reference in references if words(reference)]
        if not usable:
            return Score(metric=CARD.name, value=None, reason="no word in any reference")
        reason = "" if words(prediction) else "no word in the prediction"
        return Score(metric=CARD.name, value=max(f1(prediction, reference) for reference in usable), reason=reason)


@metrics.register("rouge_l")
def rouge_l() -> RougeL:
    """ROUGE-L F1."""
    return RougeL()
