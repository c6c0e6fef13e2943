"""What a picture shows, by a model's vision tower: its last states averaged over patches. Samples without a picture have no vector.

The tower is that of the entry's own model, or of the last train stage before. It is read before its projector, so that it does not matter how
far that has been trained. Of several pictures the mean direction counts; pictures that come again are read once.
"""

import dataclasses
from collections.abc import Sequence
from typing import Annotated

import numpy as np
from pydantic import Field

from sayso.config import PluginConfig
from sayso.data.features._model import KeptModel
from sayso.data.features._protocol import Vectors, featurisers
from sayso.data.features._texts import unit_rows
from sayso.data.scorers import Scoring
from sayso.models.representations import picture_features
from sayso.records import Sample
from sayso.sources import load_image

__all__ = ["ImageFeaturiser"]


@featurisers.register("image")
@dataclasses.dataclass(kw_only=True)
class ImageFeaturiser:
    """Vectors of pictures by a vision tower."""

    model: PluginConfig | None = None
    batch_size: Annotated[int, Field(ge=1)] = 32
    _kept: KeptModel = dataclasses.field(init=False, repr=False)

    per_row = True
    reads_target = False

    def __post_init__(self) -> None:
        self._kept = KeptModel(self.model, feature="image")

    @property
    def reads_trained(self) -> bool:
        """Where no model is named."""
        return self.model is None

    def features(self, samples: Sequence[Sample], *, scoring: Scoring) -> Vectors:
        """Unit vectors, (N, d), with zeros where there is no picture.

        Raises:
            ConfigError: there is no model, or it reads no pictures.
            DataError: a picture cannot be read.
        """
        bundle = self._kept.open(scoring)
        shown = [[medium for medium in sample.media if medium.kind == "image"] for sample in samples]
        pictures = {medium.key: medium for media in shown for medium in media}
        places = {key: place for place, key in enumerate(pictures)}
        vectors = unit_rows(
            picture_features(bundle, list(pictures.values()), load=load_image, batch_size=self.batch_size)
        )
        found = np.zeros((len(samples), vectors.shape[1]), dtype=np.float32)
        for row, media in enumerate(shown):
            if media:
                found[row] = vectors[[places[medium.key] for medium in media]].mean(axis=0)
        return unit_rows(found)
