"""Language models that are called, to write wordings or to judge: by name, behind one interface, each answer stored before it is used."""

from sayso.lm._protocol import Answered, Given, LanguageModel, Reply, Request, language_models, request
from sayso.lm.opening import open_model

NOT_PLUGINS = (
    "calling",
    "conversation",
    "engine",
    "judging",
    "limits",
    "meter",
    "opening",
    "pairs",
    "store",
    "stored",
    "trying",
)

__all__ = ["Answered", "Given", "language_models", "LanguageModel", "open_model", "Reply", "request", "Request"]
