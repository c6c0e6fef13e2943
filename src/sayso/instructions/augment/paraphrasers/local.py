"""The paraphraser `local`: rewrites with a transformers model in this process, the language model `local` of `sayso.lm`."""

from typing import Any

from sayso.instructions.augment.paraphrasers._protocol import paraphrasers
from sayso.instructions.augment.paraphrasers.by_model import ByModel, by_model

__all__ = ["local"]


@paraphrasers.register("local")
def local(**options: Any) -> ByModel:
    """The paraphraser `local`; `options` are those of the language model `local`, and those of `Rewriting`.

    Raises:
        ConfigError: there is no such option, operation or language.
    """
    return by_model("local", model="local", options=options)
