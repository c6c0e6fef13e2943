"""Visual dependence: how many times more a response costs a model when the picture is taken away.

    visual_dependence = L(y | instruction, no picture) / L(y | instruction, picture)

L is the mean negative log-probability of the response's tokens. 1 says that the picture does not matter for this response, less than 1 that it misleads: on a model that sees, such rows have the wrong
picture, or an answer that anybody would give. The ratio is ours, made after IFD (survey inventory, card S1); `evaluate.visual` measures the same as a difference, token by token. Both losses are columns too.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sayso.data.scorers._filling import Filling
from sayso.data.scorers._protocol import Columns, Scoring, scorers
from sayso.data.scorers._ratios import ratio
from sayso.data.scorers._with_model import WithModel
from sayso.records import Sample

__all__ = ["VisualDependence"]

NAMES = {"visual_dependence": True, "loss_without_picture": True, "loss_with_picture": False}


@scorers.register("visual_dependence")
@dataclass(kw_only=True)
class VisualDependence(WithModel):
    """Columns `visual_dependence`, `loss_without_picture`, `loss_with_picture`; no number for rows without a picture."""

    per_row = True

    def score(self, samples: Sequence[Sample], *, scoring: Scoring) -> Columns:
        """Two forward passes for each row with a picture."""
        filling = Filling(NAMES)
        shown = (bool(sample.media) for sample in samples)
        for found, has_picture in zip(self.reader(scoring).read(samples, ["full", "no_media"]), shown, strict=True):
            seen, unseen = found.mean("full"), found.mean("no_media")
            losses = {"loss_without_picture": unseen, "loss_with_picture": seen}
            filling.add({"visual_dependence": ratio(unseen, seen), **losses} if has_picture else "no picture")
        return filling.columns()
