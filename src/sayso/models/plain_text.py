"""How likely a small language model finds a text behind another one, without any chat template: what Superfiltering reads.

The text before and the text itself are tokenised as one; tokens that begin at or behind the seam belong to the text. Alone, a text's first token has nothing before it and is
not predicted, unless the tokenizer writes a token of beginning, or `begin` puts the end-of-text token in its place.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sayso.errors import ConfigError
from sayso.models._protocol import ModelBundle
from sayso.models.auto import AutoModel
from sayso.models.encode import Encoded
from sayso.models.token_logprobs import token_logprobs

__all__ = ["open_plain", "TextReader"]

Floats = NDArray[np.float64]


def open_plain(path: str, *, dtype: str = "float32", device: str | None = None) -> ModelBundle:
    """A causal language model by folder or hub id, which needs no chat template.

    Raises:
        ConfigError: no such model, or it is an encoder-decoder.
    """
    bundle = AutoModel(path=path, dtype=dtype, device=device).load()
    if bundle.model.config.is_encoder_decoder:
        raise ConfigError(f"model {path!r} has an encoder and a decoder; give a causal language model such as GPT-2")
    return bundle


class TextReader:
    """Reads texts with one model; `begin` puts the model's end-of-text token in front of each."""

    def __init__(
        self, bundle: ModelBundle, *, max_tokens: int | None = None, batch_size: int = 16, begin: bool = False
    ) -> None:
        self.bundle = bundle
        self.max_tokens = min(max_tokens or bundle.num_positions, bundle.num_positions)
        self.batch_size = batch_size
        self._special = [token for token in bundle.tokenizer.all_special_tokens if token]
        self._start = [int(bundle.tokenizer.eos_token_id)] if begin else []

    def read(self, pairs: Sequence[tuple[str, str]]) -> list[Floats | str]:
        """For each (before, text) the negative log-probabilities of the text's tokens, in nats, or why there are none."""
        rows = [self._row(*pair) for pair in pairs]
        good = [place for place, row in enumerate(rows) if not isinstance(row, str)]
        read = [row for row in rows if not isinstance(row, str)]
        values = token_logprobs(
            self.bundle, [row for row, _ in read], wanted=[mask for _, mask in read], batch_size=self.batch_size
        )
        found: list[Floats | str] = [row if isinstance(row, str) else "" for row in rows]
        for place, logprobs in zip(good, values, strict=True):
            found[place] = -logprobs if np.isfinite(logprobs).all() else "the model's logits are no numbers"
        return found

    def _row(self, before: str, text: str) -> tuple[Encoded, NDArray[np.bool_]] | str:
        if not text.strip():
            return "empty response"
        if control := next((token for token in self._special if token in before + text), None):
            return f"its text holds the control token {control!r}"
        made: Any = self.bundle.tokenizer(before + text, return_offsets_mapping=True)
        ids = [*self._start, *made["input_ids"]]
        if len(ids) > self.max_tokens:
            return f"it has more than {self.max_tokens} tokens"
        mask = np.array([False] * len(self._start) + [a >= len(before) and b > a for a, b in made["offset_mapping"]])
        mask[0] = False
        row = Encoded(id="text", input_ids=ids, roles=np.zeros(len(ids), dtype=np.uint8))
        return (row, mask) if mask.any() else "one token, which nothing stands before"
