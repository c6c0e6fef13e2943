"""What a backend is: something that answers prompts, by writing an answer or by choosing among options.

A backend gives exactly one reply per sample, in order, and gives the same replies for the same samples and decoding. What it cannot do
(rank options on an endpoint without log-probabilities) it refuses with a BackendError; it never approximates.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

import msgspec

from sayso.records import Sample
from sayso.registry import Registry

__all__ = ["Advance", "Backend", "backends", "Decoding", "Extraction", "Reply"]

Extraction: TypeAlias = Literal["generated", "sampled", "likelihood", "choice"]
"""How an answer comes about: written greedily; drawn; the option that is likeliest given the prompt; written greedily where only
the texts of options can be written."""

Advance: TypeAlias = Callable[[int], None]
"""Told after each batch how many samples it answered."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Decoding:
    """How answers are to come about.

    `temperature`, `top_p`, `seed` and `number` (which of several draws) are for `sampled` alone. `normalise` compares options by
    log-probability per token where `method` is `likelihood`, not by its sum.
    """

    method: Extraction = "generated"
    max_new_tokens: int = 48
    temperature: float = 1.0
    top_p: float = 1.0
    seed: int = 0
    number: int = 0
    normalise: bool = False


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """The prompt as the model got it (runs of media tokens folded to one with their number) and its raw answer.

    `extraction` is the method of the decoding; an answer that another program got has where it was read from behind a colon
    (`generated:lm_eval`). `logprobs` are those of the sample's options, in the order shown, where they were compared.
    """

    prompt: str
    output: str
    extraction: str
    logprobs: tuple[float, ...] = ()


class Backend(Protocol):
    """Answers samples that end with the user's turn."""

    def answer(
        self, samples: Sequence[Sample], *, decoding: Decoding, advance: Advance = lambda samples: None
    ) -> list[Reply]:
        """One reply per sample; with `likelihood` and `choice`, every sample must offer options.

        Raises:
            DataError: a sample has no options to choose among, or does not fit the model.
            BackendError: the backend gave up, or cannot decode this way at all.
        """
        ...


backends: Registry[Backend] = Registry("backend", "sayso.evaluate.backends")
"""Backends by name; a factory takes `model` (a folder or id) and its own options."""
