"""Models of one's own that write or judge: the one that an option names, or the last that a train stage made."""

from sayso.config import PluginConfig
from sayso.errors import ConfigError
from sayso.instructions.synthesize._protocol import Synthesis
from sayso.models._protocol import ModelBundle, models

__all__ = ["bundle_of"]


def bundle_of(config: PluginConfig | None, synthesis: Synthesis, *, method: str, option: str = "model") -> ModelBundle:
    """The model that `config` names; without it the last trained.

    Raises:
        ConfigError: none is named and none was trained.
    """
    if config is None and not synthesis.trained:
        raise ConfigError(
            f"synthesizer {method!r} needs a model of its own and has none; add {option}: {{name: auto, path: FOLDER}} to its options, or a train stage to `from:`"
        )
    chosen = config or PluginConfig.model_validate({"name": "auto", "path": str(synthesis.trained[-1])})
    return models.build(chosen.name, chosen.options).make(texts=(), seed=synthesis.seed)
