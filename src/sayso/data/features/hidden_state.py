"""What a model makes of a conversation: a hidden state of one of its layers, averaged over tokens or of the last one.

Cherry clusters instructions by the mean of the base model's last layer (Li et al. 2024), DEITA compares samples by the last token's state
(Liu et al. 2024). The model is the entry's own, or the last train stage before; it may read pictures.
"""

import dataclasses
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from sayso.config import PluginConfig
from sayso.data.features._model import KeptModel
from sayso.data.features._protocol import Vectors, featurisers
from sayso.data.features._texts import unit_rows
from sayso.data.scorers import Scoring
from sayso.models.representations import Reading, layer_states
from sayso.records import Sample
from sayso.sources import load_image

__all__ = ["HiddenStateFeaturiser"]


@featurisers.register("hidden_state")
@dataclasses.dataclass(kw_only=True)
class HiddenStateFeaturiser:
    """Hidden states of a model as vectors; a conversation over `max_tokens` has none, since nothing is cut, nor has one that the model cannot read."""

    model: PluginConfig | None = None
    layer: int = -1
    """As transformers counts them: 0 are the embeddings, -1 is the last."""
    pool: Literal["mean", "last"] = "mean"
    of: Literal["conversation", "prompt"] = "conversation"
    """`prompt` leaves the response away."""
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    """As many as the model's positions where None."""
    batch_size: Annotated[int, Field(ge=1)] = 16
    _kept: KeptModel = dataclasses.field(init=False, repr=False)

    per_row = True
    reads_target = False

    def __post_init__(self) -> None:
        self._kept = KeptModel(self.model, feature="hidden_state")

    @property
    def reads_trained(self) -> bool:
        """Where no model is named."""
        return self.model is None

    def features(self, samples: Sequence[Sample], *, scoring: Scoring) -> Vectors:
        """Unit vectors, (N, hidden size).

        Raises:
            ConfigError: there is no model, or it has no such layer.
        """
        rows = layer_states(
            self._kept.open(scoring),
            samples,
            layer=self.layer,
            last=self.pool == "last",
            response=self.of == "conversation",
            reading=Reading(max_tokens=self.max_tokens, batch_size=self.batch_size, load=load_image),
        )
        return unit_rows(rows)
