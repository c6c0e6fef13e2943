"""Language models that are called, to write wordings or to judge: by name, behind one interface, each answer stored before it is used."""

from pathlib import Path

from sayso.artifacts import Progress
from sayso.config import PluginConfig
from sayso.lm._protocol import Answered, LanguageModel, Reply, Request, language_models, request

__all__ = ["Answered", "language_models", "LanguageModel", "open_model", "Reply", "request", "Request"]


def open_model(config: PluginConfig, *, store: Path, progress: Progress = Progress()) -> LanguageModel:  # noqa: B008
    """The language model of a recipe (a stand-in until replies are stored)."""
    return language_models.build(config.name, config.options)
