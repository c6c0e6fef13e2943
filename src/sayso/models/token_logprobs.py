"""How likely a model finds single tokens of conversations, each given all before it: teacher-forced, nothing is generated."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from sayso.models._protocol import ModelBundle
from sayso.models.collate import collate, pad, written_ids
from sayso.models.encode import Encoded
from sayso.models.generate import by_length
from sayso.models.head import logits_at
from sayso.models.quiet import quiet

__all__ = ["token_logprobs"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


def token_logprobs(
    bundle: ModelBundle,
    rows: Sequence[Encoded],
    *,
    wanted: Sequence[Mask],
    batch_size: int = 8,
    advance: Callable[[int], None] = lambda rows: None,
) -> list[Floats]:
    """For each row the log-probabilities, in nats, of the tokens that its mask (tokens,) wants, in order.

    The first token of a row has no probability; a mask that wants it is a ValueError.
    """
    for row, mask in zip(rows, wanted, strict=True):
        if mask[:1].any():
            raise ValueError(f"row {row.id!r}: its first token has nothing before it; leave it out of the mask")
    found = [np.zeros(0)] * len(rows)
    for batch in by_length([len(row) for row in rows], batch_size=batch_size):
        for index, values in zip(
            batch, _read(bundle, [rows[i] for i in batch], [wanted[i] for i in batch]), strict=True
        ):
            found[index] = values
        advance(len(batch))
    return found


def _read(bundle: ModelBundle, rows: Sequence[Encoded], wanted: Sequence[Mask]) -> list[Floats]:
    model = bundle.model
    batch = collate(rows, pad_token_id=bundle.tokenizer.pad_token_id or 0)
    batch = {name: tensor.to(model.device) for name, tensor in batch.items()}
    after = pad([mask.astype(np.int64) for mask in wanted], fill=0).bool().to(model.device)
    with quiet(model):
        logits, _ = logits_at(model, batch, keep=torch.roll(after, -1, dims=1))
    logs = logits.double().log_softmax(-1)
    values = logs.gather(1, written_ids(batch)[after][:, None])[:, 0].cpu().numpy()
    return np.split(values, np.cumsum([int(mask.sum()) for mask in wanted])[:-1])
