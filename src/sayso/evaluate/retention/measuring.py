"""How likely a model finds texts and responses, per token, teacher-forced.

A plain text is read from its start, without any chat template: the mean over its tokens after the first (after the token of beginning, where the tokenizer writes one). A response is read after its
prompt and pictures, its end-of-turn token included, as options are when they are ranked.
"""

from collections.abc import Callable, Sequence

import numpy as np

from sayso.errors import BackendError, DataError
from sayso.evaluate.retention.reading import Text
from sayso.models._protocol import ModelBundle
from sayso.models.direct import make_encoder
from sayso.models.encode import Encoded
from sayso.models.likelihood import option_logprobs
from sayso.models.token_logprobs import token_logprobs
from sayso.records import Sample
from sayso.sources import load_image

__all__ = ["response_logprobs", "text_logprobs"]

Advance = Callable[[int], None]


def text_logprobs(
    bundle: ModelBundle,
    texts: Sequence[Text],
    *,
    max_tokens: int = 512,
    batch_size: int = 16,
    advance: Advance = lambda rows: None,
) -> list[float]:
    """The mean log-probability of a token of each text, in nats; what is longer than `max_tokens` is read so far.

    Raises:
        BackendError: the model is an encoder-decoder, which reads no text of its own accord.
        DataError: a text has no token to predict.
    """
    if bundle.model.config.is_encoder_decoder:
        raise BackendError(
            f"{type(bundle.model).__name__} has an encoder and a decoder; give it a suite of retention, no plain text"
        )
    ids = [list(bundle.tokenizer(one.text)["input_ids"])[:max_tokens] for one in texts]
    if short := [one.id for one, found in zip(texts, ids, strict=True) if len(found) < 2]:
        raise DataError(f"text {short[0]!r} has no second token to predict; write or remove it")
    rows = [
        Encoded(id=one.id, input_ids=found, roles=np.zeros(len(found), dtype=np.uint8))
        for one, found in zip(texts, ids, strict=True)
    ]
    after_first = [np.arange(len(row)) > 0 for row in rows]
    values = token_logprobs(bundle, rows, wanted=after_first, batch_size=batch_size, advance=advance)
    return [float(one.mean()) for one in values]


def response_logprobs(
    bundle: ModelBundle, samples: Sequence[Sample], *, batch_size: int = 16, advance: Advance = lambda rows: None
) -> list[float]:
    """The mean log-probability of a token of each sample's response, in nats, given all before it.

    Raises:
        DataError: a sample ends without a response, or does not fit the model.
    """
    encoder = make_encoder(bundle, load=load_image)
    prompts = encoder.encode_batch(samples, response=False)
    options = [[_response(sample)] for sample in samples]
    found = option_logprobs(
        bundle, prompts=prompts, options=options, normalise=True, batch_size=batch_size, advance=advance
    )
    return [value for (value,) in found]


def _response(sample: Sample) -> str:
    last = sample.messages[-1]
    if last.role != "assistant":
        raise DataError(f"sample {sample.id!r} ends without a response; give it a reference")
    return last.text
