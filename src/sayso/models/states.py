"""What a model makes of chosen tokens: the mean of its last hidden states over them, one vector a row."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from sayso.models._protocol import ModelBundle
from sayso.models.collate import collate, pad
from sayso.models.encode import Encoded
from sayso.models.generate import by_kind_and_length
from sayso.models.quiet import quiet

__all__ = ["mean_states"]

Floats = NDArray[np.float64]


def mean_states(
    bundle: ModelBundle, rows: Sequence[Encoded], *, wanted: Sequence[NDArray[np.bool_]], batch_size: int = 8
) -> list[Floats]:
    """For each row the mean last hidden state, (d,), over the tokens that its mask (tokens,) wants; each wants at least one."""
    found = [np.zeros(0)] * len(rows)
    for batch in by_kind_and_length(rows, batch_size=batch_size):
        states = _mean(bundle, [rows[place] for place in batch], [wanted[place] for place in batch])
        for place, state in zip(batch, states, strict=True):
            found[place] = state
    return found


def _mean(bundle: ModelBundle, rows: Sequence[Encoded], wanted: Sequence[NDArray[np.bool_]]) -> Floats:
    model = bundle.model
    batch = collate(rows, pad_token_id=bundle.tokenizer.pad_token_id or 0)
    batch = {name: tensor.to(model.device) for name, tensor in batch.items()}
    weights = pad([mask.astype(np.float64) for mask in wanted], fill=0).to(model.device)
    with quiet(model):
        states = model.base_model(**batch, use_cache=False).last_hidden_state.double()
    mean: Floats = (torch.einsum("bt,btd->bd", weights, states) / weights.sum(1, keepdim=True)).cpu().numpy()
    return mean
