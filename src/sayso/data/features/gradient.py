"""The gradient of a row's loss as its feature: rows that would change the model alike are alike.

Plain gradients of the mean cross entropy of the responses, projected and made one long: what DPP on gradients (Wang et al. 2024, with LoRA's B and 4096 numbers) and LESS compare.
`weights: lora_b` on a train stage with LoRA is the former's choice. Without a `model` of its own it reads the last of the train stages among the parents: the last checkpoint that this still
holds, where LoRA is not merged yet, or else its final model.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypeAlias

import numpy as np
from pydantic import Field

from sayso.config import PluginConfig
from sayso.data.features._protocol import Vectors, featurisers
from sayso.data.scorers import Scoring
from sayso.errors import ConfigError
from sayso.models._protocol import ModelBundle, models
from sayso.models.auto import load_model
from sayso.models.gradients import GradientRows, checkpoints_of, open_checkpoint
from sayso.records import Sample
from sayso.sources import load_image

__all__ = ["Gradient"]

Count: TypeAlias = Annotated[int, Field(ge=1)]


@featurisers.register("gradient")
@dataclass(frozen=True, kw_only=True)
class Gradient:
    """Options as for the scorer `less`."""

    per_row = True
    reads_target = False

    model: PluginConfig | None = None
    """Such as `{name: auto, path: FOLDER}`; the last train stage's where None."""
    weights: str | tuple[str, ...] = "auto"
    projection: Literal["sketch", "rademacher", "none"] = "sketch"
    dimensions: Count = 8192
    batch_size: Count = 16
    max_tokens: Count | None = None
    _made: dict[Any, Any] = field(default_factory=dict, init=False, repr=False)

    @property
    def reads_trained(self) -> bool:
        """Where no model is named."""
        return self.model is None

    def features(self, samples: Sequence[Sample], *, scoring: Scoring) -> Vectors:
        """(N, d) rows of length 1; zeros where a row has no response, is too long, or has no gradient.

        Raises:
            ConfigError: there is no model, or it has no such weights.
        """
        rows = self._rows(scoring)
        found: Vectors = np.zeros((len(samples), rows.projection.dimensions), dtype=np.float32)
        for one in rows.rows(samples):
            found[one.start : one.start + len(one.values)] = one.values
        return found

    def _rows(self, scoring: Scoring) -> GradientRows:
        """What makes them; kept, since a pool comes in parts."""
        key = None if self.model is not None else scoring.trained and scoring.trained[-1].folder
        if key not in self._made:
            self._made[key] = self._make(scoring)
        made: GradientRows = self._made[key]
        return made

    def _make(self, scoring: Scoring) -> GradientRows:
        return GradientRows(
            self._open(scoring),
            which=self.weights,
            kind=self.projection,
            dimensions=self.dimensions,
            seed=scoring.seed,
            batch_size=self.batch_size,
            max_tokens=self.max_tokens,
            load=load_image,
        )

    def _open(self, scoring: Scoring) -> ModelBundle:
        if self.model is not None:
            return models.build(self.model.name, self.model.options).make(texts=(), seed=scoring.seed)
        if not scoring.trained:
            raise ConfigError(
                f"feature 'gradient' has no model and {len(scoring.trained)} train stages; add one to from:, or give "
                "model: {name: auto, path: FOLDER}"
            )
        last = scoring.trained[-1]
        if any((last.folder / "checkpoints").glob("checkpoint-*/trainer_state.json")):
            return open_checkpoint(checkpoints_of(last.folder, which="last")[0])
        return load_model(last.model)
