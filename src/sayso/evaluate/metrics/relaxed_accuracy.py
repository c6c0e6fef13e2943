"""Relaxed accuracy: 1 where a number is within five per cent of the gold one, or any other text is equal but for case.

A text that ends in % is a hundredth of its number, so `25%` and `25` differ. A gold answer that is 0 or no number is compared as text. Nothing is
stripped: `$5`, `1,000 kg` and `yes.` are texts. What only computers call a number (`nan`, `inf`) is a text too.

Source: Methani et al. 2020 (PlotQA), as in Masry et al. 2022, "ChartQA", arXiv 2203.10244.
"""

import math
from dataclasses import dataclass

from sayso.evaluate.metrics._protocol import Context, MetricCard, metrics
from sayso.records import Score

__all__ = ["relaxed_accuracy", "RelaxedAccuracy"]

CARD = MetricCard(name="relaxed_accuracy", source="ChartQA, arXiv 2203.10244: numbers within 5 %, text equal")
SLACK = 0.05


def number(text: str) -> float | None:
    """The number that a text is, or None."""
    try:
        value = float(text.rstrip("%")) / 100 if text.endswith("%") else float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def near(prediction: str, reference: str) -> bool:
    """Within the slack, or equal but for case."""
    said, gold = number(prediction), number(reference)
    if said is None or not gold:
        return prediction.lower() == reference.lower()
    return abs(said - gold) / abs(gold) <= SLACK


@dataclass(frozen=True)
class RelaxedAccuracy:
    """0 or 1."""

    card: MetricCard = CARD

    def measure(self, prediction: str, *, references: tuple[str, ...], context: Context) -> Score:
        """1.0 where the prediction is near any reference."""
        del context
        return Score(metric=CARD.name, value=float(any(near(prediction, reference) for reference in references)))


@metrics.register("relaxed_accuracy")
def relaxed_accuracy() -> RelaxedAccuracy:
    """Relaxed accuracy of ChartQA."""
    return RelaxedAccuracy()
