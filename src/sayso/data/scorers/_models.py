"""Models that score: a judge, the one that an option names, or the last that a train stage made; PyTorch is loaded when it is asked for."""

from typing import TYPE_CHECKING

from sayso.artifacts import Progress
from sayso.config import PluginConfig
from sayso.data.scorers._protocol import Scoring
from sayso.errors import ConfigError
from sayso.lm import LanguageModel, open_model
from sayso.sources import load_image

if TYPE_CHECKING:
    from sayso.models.rating import TokenRater
    from sayso.models.writing import Writer

__all__ = ["chosen", "judge_of", "rater_of", "writer_of"]


class Notes(Progress):
    """Passes on what people should read, and draws no bar: whoever asks a scorer draws one, over all of its rows."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def note(self, text: str) -> None:
        """As it came."""
        self._progress.note(text)


def judge_of(config: PluginConfig, scoring: Scoring) -> LanguageModel:
    """The language model that judges, with its replies on file.

    Raises:
        ConfigError: there is no such model.
    """
    return open_model(config, store=scoring.store, progress=Notes(scoring.progress))


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
