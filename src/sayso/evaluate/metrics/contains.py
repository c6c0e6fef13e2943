"""Contains: 1 where a reference stands somewhere in the prediction, in any case; OCRBench's rule.

Lower case, line breaks as spaces. For formulas (its part HME100k) `formula` takes out all spaces and keeps case. The rule is kind to long
answers: whoever lists everything is right, so compare numbers at equal length only. OCRBench gives the sum over its 1,000 questions, which is 1,000 times the mean.

Source: Liu et al. 2023, "OCRBench", arXiv 2305.07895.
"""

from dataclasses import dataclass

from sayso.evaluate.metrics._protocol import Context, MetricCard, metrics
from sayso.records import Score

__all__ = ["Contains", "contains"]

NAME = "contains"


@dataclass(frozen=True)
class Contains:
    """0 or 1."""

    formula: bool = False

    @property
    def card(self) -> MetricCard:
        """Says which rule it is."""
        return MetricCard(
            name=NAME,
            source="OCRBench, arXiv 2305.07895: a reference is part of the prediction",
            tokeniser="characters without spaces" if self.formula else "characters, lower case",
        )

    def measure(self, prediction: str, *, references: tuple[str, ...], context: Context) -> Score:
        """1.0 where any reference is part of the prediction; None where all of them are blank."""
        del context
        golds = [plain for reference in references if (plain := self._plain(reference))]
        if not golds:
            return Score(metric=NAME, value=None, reason="every reference is blank")
        said = self._plain(prediction)
        return Score(metric=NAME, value=float(any(gold in said for gold in golds)))

    def _plain(self, text: str) -> str:
        line = text.strip().replace("\n", " ")
        return line.replace(" ", "") if self.formula else line.lower()


@metrics.register(NAME)
def contains(*, formula: bool = False) -> Contains:
    """Whether a reference is part of the prediction; `formula` for handwritten formulas."""
    return Contains(formula=formula)
