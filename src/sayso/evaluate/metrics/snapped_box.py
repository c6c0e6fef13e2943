"""Snapped box: the box of the prediction stands for the offered box that it overlaps most; 1 where that is the gold one.

For tasks that offer boxes as options and let the model write one (grounded VQA of MultiInstruct). Nothing is guessed: a text without a box, one with
several different boxes, a box that overlaps no option, or two different ones equally, is wrong and says why. What happens in these cases is open in the
paper; its code would take the first option.

Source: MultiInstruct, arXiv 2212.10773, as in its released code.
"""

import math
from dataclasses import dataclass

from sayso.evaluate.metrics._protocol import Context, MetricCard, metrics
from sayso.evaluate.metrics.iou import overlap
from sayso.records import Region, Score

__all__ = ["snapped_box", "SnappedBox"]

CARD = MetricCard(
    name="snapped_box", source="MultiInstruct, arXiv 2212.10773: box snapped to the option of largest IoU"
)


@dataclass(frozen=True)
class SnappedBox:
    """0 or 1."""

    card: MetricCard = CARD

    def measure(self, prediction: str, *, references: tuple[str, ...], context: Context) -> Score:
        """1.0 or 0.0 with a reason; None where options or gold answer hold no box, or the gold box was not offered."""
        read = context.read_regions
        if read is None:
            return Score(metric=CARD.name, value=None, reason="no region style given")
        offered = [boxes[0] for option in context.options if (boxes := read(option))]
        if not offered or len(offered) < len(context.options):
            return Score(metric=CARD.name, value=None, reason="options without a region")
        gold = {box for reference in references for box in read(reference)} & set(offered)
        if not gold:
            return Score(metric=CARD.name, value=None, reason="gold answer is not among the options")
        return _snap(set(read(prediction)), offered=set(offered), gold=gold)


def _snap(found: set[Region], *, offered: set[Region], gold: set[Region]) -> Score:
    if len(found) != 1:
        return Score(metric=CARD.name, value=0.0, reason="several regions found" if found else "no region found")
    (box,) = found
    shares = {option: overlap(box, option) for option in offered}
    best = max(shares.values())
    nearest = {option for option, share in shares.items() if math.isclose(share, best)}
    if best <= 0 or len(nearest) > 1:
        return Score(
            metric=CARD.name, value=0.0, reason="overlaps no option" if best <= 0 else "fits several options equally"
        )
    return Score(metric=CARD.name, value=float(nearest <= gold))


@metrics.register("snapped_box")
def snapped_box() -> SnappedBox:
    """Accuracy of a box that is snapped to the offered ones."""
    return SnappedBox()
