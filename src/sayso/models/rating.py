"""A rating as an expectation: how a model spreads its next token over the digits of a scale, with nothing generated.

    score = sum over k of k * softmax(logits of "1", ..., "6")_k

The digits are tried as the response to a prompt, in the model's own chat template, and compared at the one token in which they differ. Where a tokenizer has no token
of its own for each digit, there is no score; the published code writes 3.0 then.

Source: DEITA, Liu et al. 2024, arXiv 2312.15685, and its code (hkust-nlp/deita); there with scorers trained for it.
"""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from sayso.errors import DataError
from sayso.models._protocol import ModelBundle
from sayso.models.direct import make_encoder
from sayso.models.encode import Encoded
from sayso.models.likelihood import OptionScores, score_options
from sayso.models.vision import LoadImage
from sayso.records import Sample

__all__ = ["expectation", "room_for", "TokenRater"]

Floats = npt.NDArray[np.float64]
NUM_BATCHES = 4
"""Batches whose prompts are encoded at once; their pixels are held."""


class TokenRater:
    """Rates prompts from 1 to `points`, at most 9, with one model."""

    def __init__(
        self, bundle: ModelBundle, *, points: int, load: LoadImage | None = None, batch_size: int = 16
    ) -> None:
        self._bundle = bundle
        self._digits = [str(one) for one in range(1, points + 1)]
        self._batch_size = batch_size
        self._encoder = make_encoder(bundle, max_tokens=room_for(bundle, new_tokens=4), load=load, num_cached=64)
        self._encoder.remedy = "rate with a model that has more positions"

    def rate(
        self, prompts: Sequence[Sample], *, advance: Callable[[int], None] = lambda rows: None
    ) -> list[float | str]:
        """The expectation for each prompt, whose last turn is the user's, or why there is none.

        Raises:
            BackendError: the model's logits are no numbers.
        """
        found: list[float | str] = []
        size = NUM_BATCHES * self._batch_size
        for start in range(0, len(prompts), size):
            some = prompts[start : start + size]
            found += self._rate(some)
            advance(len(some))
        return found

    def _rate(self, prompts: Sequence[Sample]) -> list[float | str]:
        rows = [self._encoded(one) for one in prompts]
        good = [row for row in rows if isinstance(row, Encoded)]
        options = [self._digits] * len(good)
        scores = iter(score_options(self._bundle, prompts=good, options=options, batch_size=self._batch_size))
        unknown = getattr(self._bundle.tokenizer, "unk_token_id", None)
        return [row if isinstance(row, str) else expectation(next(scores), unknown=unknown) for row in rows]

    def _encoded(self, prompt: Sample) -> Encoded | str:
        try:
            return self._encoder.encode(prompt, response=False)
        except DataError as error:
            return str(error)


def expectation(scores: OptionScores, *, unknown: int | None = None) -> float | str:
    """The mean rating by the log-probabilities of the digits' own tokens; the k-th option is the rating k.

    Log-probabilities behind one prefix are logits up to a constant, so that their softmax is that of the logits.
    """
    depth = next((d for d, tokens in enumerate(zip(*scores.tokens, strict=False)) if len(set(tokens)) > 1), None)
    tokens = [] if depth is None else [option[depth] for option in scores.tokens]
    if depth is None or len(set(tokens)) < len(tokens) or unknown in tokens:
        return "the model's tokenizer has no token of its own for each rating"
    logits = np.array([option[depth] for option in scores.logprobs], dtype=np.float64)
    shares = np.exp(logits - logits.max())
    return float(np.arange(1, len(shares) + 1) @ shares / shares.sum())


def room_for(bundle: ModelBundle, *, new_tokens: int) -> int:
    """Tokens that a prompt may have where `new_tokens` come behind it."""
    return bundle.num_positions - new_tokens
