"""What a text means, by a sentence encoder: near texts have near vectors. The feature that most selectors compare.

The instruction alone is what k-centre of MoDS (Du et al. 2023) reads, instruction and response what Superfiltering's `.D` (Li et al. 2024) does. An
encoder reads the beginning of a long text only (MiniLM 256 tokens). Texts that come again are encoded once.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np

from sayso.config import PluginConfig
from sayso.data.features._protocol import Vectors, featurisers
from sayso.data.features._texts import Field, said
from sayso.data.scorers import Scoring
from sayso.models.encoders import Encoder, encoders
from sayso.records import Sample

__all__ = ["SentenceFeaturiser"]

MINILM = PluginConfig(name="minilm")
MOST_KEPT = 20_000
"""Texts whose vectors are kept between calls."""


@featurisers.register("sentence")
@dataclasses.dataclass(kw_only=True)
class SentenceFeaturiser:
    """Vectors of texts by the encoder of that name; a sample without text has none."""

    encoder: PluginConfig = MINILM
    field: Field = "both"
    """`instruction`, `response` or `both`."""
    _encoder: Encoder | None = dataclasses.field(init=False, repr=False)
    _known: dict[str, Vectors] = dataclasses.field(init=False, repr=False)

    per_row = True
    reads_trained = False
    reads_target = False

    def __post_init__(self) -> None:
        self._encoder = None
        self._known = {}

    def features(self, samples: Sequence[Sample], *, scoring: Scoring) -> Vectors:
        """Unit vectors, (N, d).

        Raises:
            ConfigError: no such encoder, or its weights are missing.
        """
        texts = [said(sample, self.field) for sample in samples]
        if len(self._known) > MOST_KEPT:
            self._known.clear()
        new = [text for text in dict.fromkeys(texts) if text and text not in self._known]
        encoded = self._open().encode(["A", *new])  # the first says how wide vectors are, where there is no text at all
        self._known.update(zip(new, encoded[1:], strict=True))
        found = np.zeros((len(texts), encoded.shape[1]), dtype=np.float32)
        for row, text in enumerate(texts):
            if text:
                found[row] = self._known[text]
        return found

    def _open(self) -> Encoder:
        if self._encoder is None:
            self._encoder = encoders.build(self.encoder.name, self.encoder.options)
        return self._encoder
