"""What a language model is: requests in, answers out, in the same order; how many are under way at a time is its own affair.

A reply is only text. Nothing of it is evaluated or formatted, and who asks decides what it is worth.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Literal, Protocol

import msgspec

from sayso.records import Media, Message, Record, TextPart
from sayso.registry import Registry

__all__ = ["Answered", "Given", "language_models", "LanguageModel", "Reply", "request", "Request"]


class Request(Record, frozen=True, kw_only=True):
    """One call: a conversation that ends with a user's message, and how to sample.

    `number` tells apart calls that are otherwise equal and are to be sampled anew; `media` are the pictures that parts
    of the messages point at. `extra` are further fields of this call alone, in the words of an endpoint; only `chat` knows any.
    """

    messages: tuple[Message, ...]
    media: tuple[Media, ...] = ()
    temperature: float = 0.0
    top_p: float = 1.0
    max_tokens: int = 256
    seed: int = 0
    number: int = 0
    extra: dict[str, Any] = msgspec.field(default_factory=dict)


class Given(Record, frozen=True, kw_only=True):
    """A token of the text that was sent: its id, its log-probability (in nats) after all before it, and its text.

    A long run of one token (the places of a picture) is one of these, with how many `times` it comes, and the sum of their log-probabilities.
    """

    token: int
    logprob: float
    text: str = ""
    times: int = 1


class Reply(Record, frozen=True, kw_only=True):
    """What the model said, why it stopped, and what it counted; 0 tokens where it does not say.

    `given` are the tokens of the text that was sent, from the second on, where the request asked for them and the endpoint told.
    """

    text: str
    finish: Literal["stop", "length", "other"] = "stop"
    prompt_tokens: int = 0
    completion_tokens: int = 0
    model: str = ""
    given: tuple[Given, ...] = ()


class Answered(Record, frozen=True, kw_only=True):
    """A request with its reply, or with the reason why there is none."""

    request: Request
    reply: Reply | None = None
    failure: str | None = None


class LanguageModel(Protocol):
    """Answers requests."""

    @property
    def name(self) -> str:
        """What the lineage of a text written by it says."""
        ...

    def answer(self, requests: Iterable[Request]) -> Iterator[Answered]:
        """One `Answered` a request, in the order of the requests, which are taken in lazily; many may be under way.

        Raises:
            BackendError: the endpoint, a quota or a budget gave up; what was answered is stored and is not asked again.
        """
        ...


language_models: Registry[LanguageModel] = Registry("language model", "sayso.lm")
"""Language models by name; a factory's keyword arguments are the options of a recipe's `model:`."""


def request(*turns: tuple[Literal["system", "user", "assistant"], str], **settings: object) -> Request:
    """A request of plain text: `request(("system", "..."), ("user", "..."), temperature=0.6)`."""
    messages = tuple(Message(role=role, parts=(TextPart(text=text, spans=()),)) for role, text in turns)
    return Request(messages=messages, **settings)  # type: ignore[arg-type]
