"""From a recipe's `model:` to a language model with a store: the one door that stages go through."""

from pathlib import Path
from typing import Protocol, runtime_checkable

import msgspec

from sayso.artifacts import Progress
from sayso.config import PluginConfig
from sayso.lm._protocol import LanguageModel, language_models
from sayso.lm.stored import Stored

__all__ = ["Keeping", "open_model"]


@runtime_checkable
class Keeping(Protocol):
    """A language model that has its own way with a store."""

    def keeping(self, store: Path, *, progress: Progress) -> LanguageModel:
        """The same model, with every reply in `store`."""
        ...


def open_model(config: PluginConfig, *, store: Path, progress: Progress | None = None) -> LanguageModel:
    """The model that `config` names, with the SQLite file where every reply is kept before it is used.

    The file may be shared by several models and runs: keys tell them apart. It should not lie in the folder of a stage, which is thrown away when
    its config changes, be it only a larger budget.

    Raises:
        ConfigError: no such model, or an option is wrong.
    """
    model = language_models.build(config.name, config.options)
    if isinstance(model, Keeping):
        return model.keeping(store, progress=progress or Progress())
    identity = getattr(model, "identity", [config.name, config.options])
    key = msgspec.json.encode(identity, order="deterministic")
    return Stored(model=model, identity=key, store=store, progress=progress or Progress())
