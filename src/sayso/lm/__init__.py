"""Language models that are called, to write wordings or to judge: by name, behind one interface, each answer stored before it is used."""

from sayso.lm._protocol import Answered, LanguageModel, Reply, Request, language_models, request

__all__ = ["Answered", "language_models", "LanguageModel", "Reply", "request", "Request"]
