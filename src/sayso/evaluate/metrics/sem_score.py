"""SemScore: the cosine between sentence embeddings of prediction and reference, the best over the references.

Published SemScore encodes with all-mpnet-base-v2 and reads the first 384 word pieces. The encoder here is, by default, all-MiniLM-L6-v2 (256 word pieces), since it installs as a package:
other numbers, which do not compare with published ones. Another encoder is given by name, such as one of your own:

    {name: sem_score, encoder: {name: "my_module:mpnet"}}

Values are rounded to six decimals, which is what single precision carries. The encoder is loaded when the first text is measured.

Source: Aynetdinov and Akbik 2024, arXiv 2401.17072, section 3.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from sayso.config import PluginConfig
from sayso.errors import ConfigError, did_you_mean
from sayso.evaluate.metrics._protocol import Context, MetricCard, metrics
from sayso.evaluate.sensitivity import Floats
from sayso.models.encoders import Encoder, encoders
from sayso.records import Score

__all__ = ["sem_score", "SemScore"]

PUBLISHED = "SemScore, arXiv 2401.17072, there with all-mpnet-base-v2 cut at 384 word pieces"
CUT = {"minilm": "all-MiniLM-L6-v2 (minilm), cut at 256 word pieces"}
MOST_KEPT = 65536


@lru_cache(maxsize=4)
def _loaded(name: str, options: str) -> Callable[[str], Floats]:
    """The encoder, with what it said of each text."""
    encoder: Encoder = encoders.build(name, PluginConfig.model_validate_json(options).options)

    @lru_cache(maxsize=MOST_KEPT)
    def encode(text: str) -> Floats:
        vector = np.asarray(encoder.encode([text])[0], dtype=np.float64)
        return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-12))

    return encode


@dataclass(frozen=True)
class SemScore:
    """In [-1, 1]."""

    encoder: PluginConfig = field(default_factory=lambda: PluginConfig(name="minilm"))

    @property
    def card(self) -> MetricCard:
        """Says which encoder it is, and that the published one is another."""
        used = CUT.get(self.encoder.name, f"{self.encoder.name}, cut as it does")
        return MetricCard(name="sem_score", source=f"{PUBLISHED}; here {used}", low=-1.0, tokeniser=f"encoder {used}")

    def measure(self, prediction: str, *, references: tuple[str, ...], context: Context) -> Score:
        """The highest cosine; None where no reference has text.

        Raises:
            ConfigError: the encoder is not installed.
        """
        del context
        usable = [reference for reference in references if reference.strip()]
        if not usable:
            return Score(metric="sem_score", value=None, reason="no text in any reference")
        encode = _loaded(self.encoder.name, self.encoder.model_dump_json())
        return Score(metric="sem_score", value=_best(encode(prediction), [encode(one) for one in usable]))


def _best(vector: Floats, others: Sequence[Floats]) -> float:
    return max(-1.0, min(1.0, round(max(float(vector @ other) for other in others), 6)))


@metrics.register("sem_score")
def sem_score(*, encoder: PluginConfig | str = "minilm") -> SemScore:
    """Cosine of embeddings by `encoder`.

    Raises:
        ConfigError: no encoder is called so.
    """
    config = PluginConfig(name=encoder) if isinstance(encoder, str) else encoder
    if ":" not in config.name and config.name not in encoders.names():
        raise ConfigError(f"no encoder named {config.name!r}{did_you_mean(config.name, encoders.names())}")
    return SemScore(config)
