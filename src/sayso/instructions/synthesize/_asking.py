"""Texts and pictures to a language model, and what it said or why nothing of that counts.

Replies come in the order of the requests and are on file before they are used (`sayso.lm`), so a loop over them does the same again when it is
run again. How to sample is the method's; whatever else an endpoint takes (`stop`, `presence_penalty`) is an option `extra`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sayso.errors import ConfigError
from sayso.lm import Answered, LanguageModel, Request
from sayso.records import Media, MediaPart, Message, Part, TextPart
from sayso.sources import sendable

__all__ = ["ask", "needed", "Said", "Sampling", "say"]

_MAX_CHARACTERS = 60_000


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """How to sample; `extra` are further fields of a call in the words of an endpoint, which only `chat` knows."""

    temperature: float = 0.0
    top_p: float = 1.0
    max_tokens: int = 1024
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Said:
    """A reply: its text, whether it was cut off, who wrote it, and what is wrong with it as a whole, if anything."""

    text: str
    problem: str = ""
    cut: bool = False
    model: str = ""

    @property
    def fault(self) -> str:
        """Why nothing of it counts where it has to be whole."""
        return self.problem or ("reply cut off" if self.cut else "")


def needed(model: LanguageModel | None, *, method: str, what: str = "model") -> LanguageModel:
    """The language model.

    Raises:
        ConfigError: the recipe names none; `what` is the key that would.
    """
    if model is None:
        example = "{name: chat, model: NAME, base_url: URL}"
        raise ConfigError(f"synthesizer {method!r} asks a language model; add synthesize.{what}: {example}")
    return model


def say(
    text: str, *, how: Sampling, seed: int = 0, number: int = 0, media: Sequence[Media] = (), system: str = ""
) -> Request:
    """A request: pictures first, then the text.

    `seed` is where chance comes from where the temperature is above 0; `number` tells apart requests that may be equal and are not to be answered alike.
    """
    parts: list[Part] = [MediaPart(index=index) for index in range(len(media))]
    parts.append(TextPart(text=text, spans=()))
    before = (Message(role="system", parts=(TextPart(text=system, spans=()),)),) if system else ()
    return Request(
        messages=(*before, Message(role="user", parts=tuple(parts))),
        media=tuple(map(_shown, media)),
        temperature=how.temperature,
        top_p=how.top_p,
        max_tokens=how.max_tokens,
        seed=seed % 2**31 if how.temperature else 0,
        number=number,
        extra=how.extra,
    )


def ask(model: LanguageModel, requests: Iterable[Request]) -> Iterator[Said]:
    """What the model says to each, in order.

    Raises:
        BackendError: it gave up; what it answered is kept.
    """
    for answered in model.answer(requests):
        yield _said(answered, name=model.name)


def _said(answered: Answered, *, name: str) -> Said:
    reply = answered.reply
    if reply is None:
        return Said("", f"no reply ({answered.failure})", model=name)
    text = reply.text.encode("utf-8", "backslashreplace").decode().replace("\r\n", "\n")
    problem = "reply without end" if len(text) > _MAX_CHARACTERS else "" if text.strip() else "empty reply"
    return Said(text[:_MAX_CHARACTERS], problem, cut=reply.finish == "length", model=reply.model or name)


@lru_cache(512)
def _shown(medium: Media) -> Media:
    return sendable(medium)
