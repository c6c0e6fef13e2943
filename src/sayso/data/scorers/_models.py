"""Models that score: the one that an option names, or the last that a train stage made; PyTorch is loaded when it is asked for."""

from typing import TYPE_CHECKING

from sayso.config import PluginConfig
from sayso.data.scorers._protocol import Scoring
from sayso.errors import ConfigError
from sayso.sources import load_image

if TYPE_CHECKING:
    from sayso.models.rating import TokenRater
    from sayso.models.writing import Writer

__all__ = ["chosen", "rater_of", "writer_of"]


def chosen(model: PluginConfig | None, scoring: Scoring, *, scorer: str, other: str = "") -> PluginConfig:
    """The entry of the model to score with; `other` is what the recipe may say instead.

    Raises:
        ConfigError: none is named, and no train stage is among the parents.
    """
    if model is not None:
        return model
    if not scoring.trained:
        raise ConfigError(
            f"scorer {scorer!r} needs a model and has none; add model: {{name: auto, path: FOLDER}}"
            + (f", or {other}" if other else "")
            + ", or a train stage to `from:`"
        )
    return PluginConfig.model_validate({"name": "auto", "path": str(scoring.trained[-1].model)})


def rater_of(config: PluginConfig, *, points: int, batch_size: int) -> "TokenRater":
    """Ratings by the tokens of the model that `config` names."""
    from sayso.models._protocol import models
    from sayso.models.rating import TokenRater

    bundle = models.build(config.name, config.options).make(texts=(), seed=0)
    return TokenRater(bundle, points=points, load=load_image, batch_size=batch_size)


def writer_of(config: PluginConfig, *, max_new_tokens: int, batch_size: int) -> "Writer":
    """Answers of the model that `config` names."""
    from sayso.models._protocol import models
    from sayso.models.writing import Writer

    bundle = models.build(config.name, config.options).make(texts=(), seed=0)
    return Writer(bundle, max_new_tokens=max_new_tokens, load=load_image, batch_size=batch_size)
