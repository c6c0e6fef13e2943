"""Token F1: the words that prediction and reference share, as the harmonic mean of precision and recall; the best over the references.

Words are what is left of the lower-cased text without ASCII punctuation and without `a`, `an` and `the`; a word counts as often as it stands in both.
Where one of the two has no word left, the value is 1 if neither has and else 0.

Source: Rajpurkar et al. 2016, "SQuAD", arXiv 1606.05250, section 6.1; without a word as in SQuAD 2.0, arXiv 1806.03822.
"""

import re
import string
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from sayso.evaluate.metrics._protocol import Context, MetricCard, metrics
from sayso.records import Score

__all__ = ["token_f1", "TokenF1", "words"]

CARD = MetricCard(
    name="token_f1",
    source="SQuAD, arXiv 1606.05250 section 6.1; empty answers as in SQuAD 2.0, arXiv 1806.03822",
    tokeniser="lower case, no ASCII punctuation, no articles, white space",
    reads_blank=True,
)
ARTICLE = re.compile(r"\b(?:a|an|the)\b")
NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


@lru_cache(maxsize=65536)
def words(text: str) -> tuple[str, ...]:
    """What SQuAD compares."""
    return tuple(ARTICLE.sub(" ", text.lower().translate(NO_PUNCTUATION)).split())


def f1(prediction: str, reference: str) -> float:
    """In [0, 1]."""
    mine, gold = words(prediction), words(reference)
    if not mine or not gold:
        return float(mine == gold)
    return 2 * (Counter(mine) & Counter(gold)).total() / (len(mine) + len(gold))


@dataclass(frozen=True)
class TokenF1:
    """In [0, 1]."""

    card: MetricCard = CARD

    def measure(self, prediction: str, *, references: tuple[str, ...], context: Context) -> Score:
        """The best F1 over the references."""
        del context
        return Score(metric=CARD.name, value=max(f1(prediction, reference) for reference in references))


@metrics.register("token_f1")
def token_f1() -> TokenF1:
    """F1 over words, as in SQuAD."""
    return TokenF1()
