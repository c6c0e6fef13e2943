"""A model in this process: batches sorted by length, greedy decoding, options ranked by the likelihood of their text.

Samples of all wordings of a task are answered in one go, so that batches are full, and each image is opened and turned into
pixels once for all of its wordings. Options are compared by the summed log-probability of all their tokens and the end of
turn, as written in the sample; the first shown wins a tie. Nothing is sampled.
"""

import re
from collections.abc import Sequence

from sayso.errors import BackendError, DataError
from sayso.evaluate.backends._protocol import Advance, Decoding, Reply, backends
from sayso.models._protocol import ModelBundle
from sayso.models.auto import load_model
from sayso.models.direct import make_encoder
from sayso.models.encode import Encoded
from sayso.models.generate import generate
from sayso.models.likelihood import option_logprobs
from sayso.records import Sample
from sayso.sources import load_image

__all__ = ["local", "Local"]

NUM_CACHED_IMAGES = 256
"""Pixel arrays kept, for the wordings and conditions of one task; a LLaVA-1.5 image is 1.4 MB."""
NO_LIMIT = 1 << 20


class Local:
    """Answers with a loaded model."""

    def __init__(self, bundle: ModelBundle, *, batch_size: int) -> None:
        self._bundle = bundle
        self._batch_size = batch_size
        self._encoder = make_encoder(bundle, max_tokens=0, load=load_image, num_cached=NUM_CACHED_IMAGES)
        token = getattr(bundle.processor, "image_token", None)
        self._media_run = re.compile(f"(?:{re.escape(str(token))}){{2,}}") if token else None
        self._media_token = str(token)

    def answer(
        self, samples: Sequence[Sample], *, decoding: Decoding, advance: Advance = lambda samples: None
    ) -> list[Reply]:
        """One reply per sample.

        Raises:
            DataError: a prompt does not fit the model, a medium cannot be opened, or there are no options to rank.
            BackendError: this backend cannot decode this way.
        """
        if decoding.method not in {"generated", "likelihood"}:
            raise BackendError(f"the local backend cannot decode by {decoding.method!r}; use generated or likelihood")
        if not samples:
            return []
        self._encoder.max_tokens = _max_positions(self._bundle) - decoding.max_new_tokens
        prompts = self._encoder.encode_batch(samples, response=False)
        if decoding.method == "likelihood":
            outputs = self._rank(samples, prompts, advance)
        else:
            outputs = generate(
                self._bundle,
                prompts=prompts,
                max_new_tokens=decoding.max_new_tokens,
                batch_size=self._batch_size,
                advance=advance,
            )
        texts = (self._folded(prompt.text) for prompt in prompts)
        return [Reply(prompt=t, output=o, extraction=decoding.method) for t, o in zip(texts, outputs, strict=True)]

    def _rank(self, samples: Sequence[Sample], prompts: Sequence[Encoded], advance: Advance) -> list[str]:
        for sample in samples:
            if not sample.options:
                raise DataError(f"sample {sample.id!r} has no options to rank; set evaluate.option_decoding: generate")
        scores = option_logprobs(
            self._bundle,
            prompts=prompts,
            options=[sample.options for sample in samples],
            batch_size=self._batch_size,
            advance=advance,
        )
        return [
            sample.options[max(range(len(row)), key=row.__getitem__)]
            for sample, row in zip(samples, scores, strict=True)
        ]

    def _folded(self, prompt: str) -> str:
        if self._media_run is None:
            return prompt
        size = len(self._media_token)
        return self._media_run.sub(lambda run: f"{self._media_token}×{len(run.group()) // size}", prompt)


def _max_positions(bundle: ModelBundle) -> int:
    return int(getattr(bundle.model.config.get_text_config(), "max_position_embeddings", None) or NO_LIMIT)


@backends.register("local")
def local(*, model: str, batch_size: int = 64, device: str | None = None) -> Local:
    """The transformers model saved at `model`, or of that hub id."""
    return Local(load_model(model, device=device), batch_size=batch_size)
