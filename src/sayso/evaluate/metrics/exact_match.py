"""Exact match: 1 where the prediction is a reference, character by character, else 0.

Only white space is forgiven (at the ends, and how much of it stands between words); case and punctuation count unless an
option says otherwise. Unicode is composed first (NFC), so that two encodings of one letter are equal.

Source: exact match of SQuAD (arXiv 1606.05250, section 6.1), here without its removal of articles.
"""

import re
import unicodedata
from dataclasses import dataclass

from sayso.evaluate.metrics._protocol import Context, MetricCard, metrics
from sayso.records import Score

__all__ = ["exact_match", "ExactMatch"]

CARD = MetricCard(name="exact_match", source="SQuAD, arXiv 1606.05250 section 6.1; articles and case kept")
PUNCTUATION = re.compile(r"[^\w\s]|_")


@dataclass(frozen=True)
class ExactMatch:
    """0 or 1."""

    ignore_case: bool = False
    ignore_punctuation: bool = False
    card: MetricCard = CARD

    def measure(self, prediction: str, *, references: tuple[str, ...], context: Context) -> Score:
        """1.0 where any reference is equal, else 0.0; options and regions do not matter."""
        del context
        wanted = {self._plain(reference) for reference in references}
        return Score(metric=CARD.name, value=float(self._plain(prediction) in wanted))

    def _plain(self, text: str) -> str:
        text = unicodedata.normalize("NFC", text)
        text = text.casefold() if self.ignore_case else text
        text = PUNCTUATION.sub(" ", text) if self.ignore_punctuation else text
        return " ".join(text.split())


@metrics.register("exact_match")
def exact_match(*, ignore_case: bool = False, ignore_punctuation: bool = False) -> ExactMatch:
    """Exact match, by default on case and punctuation too."""
    return ExactMatch(ignore_case=ignore_case, ignore_punctuation=ignore_punctuation)
