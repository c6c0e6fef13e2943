"""IoU at a threshold: 1 where the boxes of the prediction cover those of the reference well enough, else 0.

The overlap is that of `iou`, with its reading of boxes and its matching; enough is `threshold`, itself included.

Source: Everingham et al. 2010 (PASCAL VOC), section 4.2; Kazemzadeh et al. 2014 and its descendants ask for 0.5 (RefCOCO).
"""

from dataclasses import dataclass

from sayso.errors import ConfigError
from sayso.evaluate.metrics._protocol import Context, MetricCard, metrics
from sayso.evaluate.metrics.iou import IoU
from sayso.records import Score

__all__ = ["iou_at", "IoUAt"]

NAME = "iou_at"


@dataclass(frozen=True)
class IoUAt:
    """0 or 1."""

    threshold: float = 0.5

    @property
    def card(self) -> MetricCard:
        """Says at which threshold."""
        return MetricCard(
            name=NAME, source=f"PASCAL VOC, Everingham et al. 2010 section 4.2, IoU >= {self.threshold:g}"
        )

    def measure(self, prediction: str, *, references: tuple[str, ...], context: Context) -> Score:
        """1.0 or 0.0; None where `iou` has no value."""
        found = IoU().measure(prediction, references=references, context=context)
        enough = None if found.value is None else float(found.value >= self.threshold)
        return Score(metric=NAME, value=enough, reason=found.reason)


@metrics.register(NAME)
def iou_at(*, threshold: float = 0.5) -> IoUAt:
    """Whether the overlap reaches the threshold.

    Raises:
        ConfigError: the threshold is not in (0, 1].
    """
    if not 0 < threshold <= 1:
        raise ConfigError(f"iou_at: threshold {threshold} is not in (0, 1]; write one like 0.5")
    return IoUAt(threshold=threshold)
