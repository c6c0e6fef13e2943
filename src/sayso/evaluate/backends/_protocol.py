"""What a backend is: something that answers prompts, by writing an answer or by choosing among options.

A backend gives exactly one reply per sample, in order, and gives the same replies for the same samples. What it cannot do
(rank options on an endpoint without log-probabilities) it refuses with a BackendError; it never approximates.
"""

from collections.abc import Callable, Sequence
from typing import Literal, Protocol, TypeAlias

import msgspec

from sayso.records import Sample
from sayso.registry import Registry

__all__ = ["Advance", "Backend", "backends", "Extraction", "Reply"]

Extraction: TypeAlias = Literal["generated", "likelihood"]
"""How an answer comes about: written greedily, or the option that is likeliest given the prompt."""

Advance: TypeAlias = Callable[[int], None]
"""Told after each batch how many samples it answered."""


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """The prompt as the model got it (runs of media tokens folded to one with their number) and its raw answer."""

    prompt: str
    output: str
    extraction: Extraction


class Backend(Protocol):
    """Answers samples that end with the user's turn."""

    def answer(
        self, samples: Sequence[Sample], *, extraction: Extraction, advance: Advance = lambda samples: None
    ) -> list[Reply]:
        """One reply per sample; with `likelihood`, every sample must offer options."""
        ...


backends: Registry[Backend] = Registry("backend", "sayso.evaluate.backends")
"""Backends by name; a factory takes `model` (a folder or id) and its own options."""
