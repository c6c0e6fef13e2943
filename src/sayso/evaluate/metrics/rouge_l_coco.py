"""ROUGE-L of coco-caption: recall counts more than precision, and each takes the reference that suits it best.

With `l` the longest common subsequence with a reference, precision is the best `l` over the prediction's words, recall the best `l` over the reference's
words, perhaps of two different references, and the value is (1 + b²) P R / (R + b² P) with b = 1.2. Words are caption tokens (`sayso.evaluate.ptb`). The
figure of a corpus is the mean over images. `rouge_l` (beta 1, one reference for both) gives other numbers.

Source: Lin 2004, "ROUGE", as in coco-caption (tylin/coco-caption, pycocoevalcap 1.2).
"""

from dataclasses import dataclass

from sayso.evaluate.metrics._protocol import Context, MetricCard, metrics
from sayso.evaluate.ptb import PTB, tokens
from sayso.instructions.overlap import longest_common
from sayso.records import Score

__all__ = ["rouge_l_coco", "RougeLCoco", "value"]

CARD = MetricCard(
    name="rouge_l_coco",
    source="Lin 2004, as in coco-caption (pycocoevalcap 1.2): beta 1.2, precision and recall each the best over references",
    tokeniser=PTB,
)
BETA_SQUARED = 1.2**2


def value(prediction: tuple[str, ...], references: list[tuple[str, ...]]) -> float:
    """Of words; no word at all counts as one empty word, as it does there."""
    mine, golds = prediction or ("",), [reference or ("",) for reference in references]
    common = [longest_common(mine, gold) for gold in golds]
    precision = max(common) / len(mine)
    recall = max(shared / len(gold) for shared, gold in zip(common, golds, strict=True))
    if not precision:
        return 0.0
    return (1 + BETA_SQUARED) * precision * recall / (recall + BETA_SQUARED * precision)


@dataclass(frozen=True)
class RougeLCoco:
    """In [0, 1]."""

    card: MetricCard = CARD

    def measure(self, prediction: str, *, references: tuple[str, ...], context: Context) -> Score:
        """The value over all references; None where none has a word."""
        del context
        golds = [tokens(reference) for reference in references]
        if not any(golds):
            return Score(metric=CARD.name, value=None, reason="no word in any reference")
        mine = tokens(prediction)
        reason = "" if mine else "no word in the prediction"
        return Score(metric=CARD.name, value=min(1.0, value(mine, golds)), reason=reason)


@metrics.register("rouge_l_coco")
def rouge_l_coco() -> RougeLCoco:
    """ROUGE-L of coco-caption."""
    return RougeLCoco()
