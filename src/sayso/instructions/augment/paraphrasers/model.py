"""The paraphraser `model`: any language model by name, with that model's own options in `model:`."""

from typing import Any

from sayso.config import PluginConfig
from sayso.instructions.augment.paraphrasers._protocol import paraphrasers
from sayso.instructions.augment.paraphrasers.by_model import ByModel, by_model

__all__ = ["model"]


@paraphrasers.register("model")
def model(*, model: PluginConfig, **options: Any) -> ByModel:
    """The paraphraser `model`: `model` is a language model, such as `{name: scripted, replies: {...}}`; for `options` see `Rewriting`.

    Raises:
        ConfigError: there is no such language model, option, operation or language.
    """
    return by_model("model", model=model.name, options={**model.options, **options})
