"""A sample in the words of `sayso.lm`: the same turns, its pictures as bytes or files that an endpoint takes, and how to decode."""

from functools import lru_cache
from typing import Any

from sayso.errors import DataError
from sayso.evaluate.backends._protocol import Decoding
from sayso.lm import Request
from sayso.lm.conversation import image_hash, turns
from sayso.records import Message, Sample, Span, TextPart
from sayso.sources import sendable

__all__ = ["Asker", "options_of"]

NUM_CACHED_IMAGES = 4096
"""Pictures that are kept ready: as many as calls are taken in ahead. What is a file stays one and costs nothing here."""
HASH_DIGITS = 16


class Asker:
    """Makes requests; keeps the pictures that it drew."""

    def __init__(self) -> None:
        self._ready = lru_cache(NUM_CACHED_IMAGES)(sendable)
        self._hash = lru_cache(NUM_CACHED_IMAGES)(image_hash)

    def request(
        self, sample: Sample, *, decoding: Decoding, response: str | None = None, extra: dict[str, Any] | None = None
    ) -> Request:
        """The sample's prompt, with `response` as the assistant's turn where there is one.

        Raises:
            DataError: a picture cannot be opened or drawn.
        """
        messages = sample.prompt
        if response is not None:
            spans = (Span(start=0, end=len(response), role="response"),)
            messages += (Message(role="assistant", parts=(TextPart(text=response, spans=spans),)),)
        drawn = decoding.method == "sampled"
        return Request(
            messages=messages,
            media=tuple(self._ready(medium) for medium in sample.media),
            temperature=decoding.temperature if drawn else 0.0,
            top_p=decoding.top_p if drawn else 1.0,
            max_tokens=decoding.max_new_tokens,
            seed=decoding.seed if drawn else 0,
            number=decoding.number if drawn else 0,
            extra=extra or {},
        )

    def prompt_text(self, one: Request) -> str:
        """The turns as one text, each after a line that says whose it is; a picture is the beginning of the SHA-256 of its bytes."""
        return "\n".join(f"[{turn['role']}]\n{_text(turn['content'])}" for turn in turns(one, image=self._hash))


def options_of(sample: Sample) -> tuple[str, ...]:
    """Its options.

    Raises:
        DataError: there are none.
    """
    if not sample.options:
        raise DataError(f"sample {sample.id!r} has no options to choose among; set evaluate.option_decoding: generate")
    return sample.options


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "".join(part["text"] if part["type"] == "text" else _mark(part["image_url"]["url"]) for part in content)


def _mark(said: str) -> str:
    kind, _, digits = said.partition(":")
    return f"<image {kind}:{digits[:HASH_DIGITS]}>"
