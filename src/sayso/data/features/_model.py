"""The model that a featuriser reads with: the entry's own, or the last of the train stages before; opened once."""

from pathlib import Path

from sayso.config import PluginConfig
from sayso.data.scorers import Scoring
from sayso.errors import ConfigError
from sayso.models._protocol import ModelBundle, models
from sayso.models.auto import load_model

__all__ = ["KeptModel"]


class KeptModel:
    """The model that a featuriser reads with, opened when it is first asked for: the entry's own, or the last of the train stages before."""

    def __init__(self, config: PluginConfig | None, *, feature: str) -> None:
        self._config = config
        self._feature = feature
        self._origin: Path | None = None
        self._bundle: ModelBundle | None = None

    def open(self, scoring: Scoring) -> ModelBundle:
        """The model.

        Raises:
            ConfigError: none is named and there is no train stage, or it cannot be loaded.
        """
        origin = scoring.trained[-1].model if scoring.trained and self._config is None else None
        if self._bundle is None or origin != self._origin:
            self._origin, self._bundle = origin, self._make(origin, scoring)
        return self._bundle

    def _make(self, origin: Path | None, scoring: Scoring) -> ModelBundle:
        if self._config is not None:
            return models.build(self._config.name, self._config.options).make(texts=(), seed=scoring.seed)
        if origin is None:
            raise ConfigError(
                f"feature {self._feature!r} reads with a model, and model is None; give it model: {{name: auto, path: FOLDER}}, "
                "or name a train stage in from:"
            )
        return load_model(origin)
