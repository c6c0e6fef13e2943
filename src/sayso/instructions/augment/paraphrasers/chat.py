"""The paraphraser `chat`: rewrites with any endpoint that speaks OpenAI's protocol, the language model `chat` of `sayso.lm`."""

from typing import Any

from sayso.instructions.augment.paraphrasers._protocol import paraphrasers
from sayso.instructions.augment.paraphrasers.by_model import ByModel, by_model

__all__ = ["chat"]


@paraphrasers.register("chat")
def chat(**options: Any) -> ByModel:
    """The paraphraser `chat`; `options` are those of the language model `chat`, and those of `Rewriting`.

    Raises:
        ConfigError: there is no such option, operation or language.
    """
    return by_model("chat", model="chat", options=options)
