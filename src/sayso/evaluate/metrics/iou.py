"""IoU: how far the boxes named in the prediction cover those of the reference.

Boxes are read from the text in the prompt's own region style, from prediction and reference alike, so that the rounding of
the style costs nothing. One box against one: area of the intersection over area of the union. Several: pairs are taken
greedily, best overlap first, each box once and only boxes of one medium; the value is the sum over pairs divided by the larger
number of boxes, so that a missing and an invented box cost the same. A text without a box scores 0 with the reason "no region
found"; nothing is guessed.

Source: Everingham et al. 2010 (PASCAL VOC), section 4.2, for the overlap; the matching is ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sayso.evaluate.metrics._protocol import Context, MetricCard, metrics
from sayso.records import Region, Score

__all__ = ["iou", "IoU", "matched_iou", "overlap"]

CARD = MetricCard(
    name="iou", source="PASCAL VOC, Everingham et al. 2010 section 4.2; greedy one-to-one for several boxes"
)


def overlap(first: Region, second: Region) -> float:
    """Intersection over union in [0, 1]; a box and itself give 1 even without area, boxes of different media 0."""
    if first == second:
        return 1.0
    if first.medium != second.medium:
        return 0.0
    width = min(first.x2, second.x2) - max(first.x1, second.x1)
    height = min(first.y2, second.y2) - max(first.y1, second.y1)
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return min(1.0, shared / (_area(first) + _area(second) - shared))


def _area(region: Region) -> float:
    return (region.x2 - region.x1) * (region.y2 - region.y1)


def matched_iou(found: Sequence[Region], gold: Sequence[Region]) -> float:
    """Sum of the overlaps of greedily matched pairs, over the larger number of boxes."""
    pairs = [(overlap(a, b), i, j) for i, a in enumerate(found) for j, b in enumerate(gold)]
    total, used_found, used_gold = 0.0, set[int](), set[int]()
    for value, i, j in sorted(pairs, key=lambda pair: (-pair[0], pair[1:])):
        if i not in used_found and j not in used_gold:
            total += value
            used_found.add(i)
            used_gold.add(j)
    return total / max(len(found), len(gold))


@dataclass(frozen=True)
class IoU:
    """In [0, 1]."""

    card: MetricCard = CARD

    def measure(self, prediction: str, *, references: tuple[str, ...], context: Context) -> Score:
        """The best value over the references; None where no reference holds a box or the style is not known."""
        if context.read_regions is None:
            return Score(metric=CARD.name, value=None, reason="no region style given")
        golds = [boxes for reference in references if (boxes := context.read_regions(reference))]
        if not golds:
            return Score(metric=CARD.name, value=None, reason="no region in any reference")
        found = context.read_regions(prediction)
        if not found:
            return Score(metric=CARD.name, value=0.0, reason="no region found")
        return Score(metric=CARD.name, value=max(matched_iou(found, gold) for gold in golds))


@metrics.register("iou")
def iou() -> IoU:
    """Intersection over union of the boxes in the text."""
    return IoU()
