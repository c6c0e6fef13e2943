"""Encoded samples become one batch of tensors: padded, masked, with a loss weight for every token.

Training pads on the right, generation on the left. Labels are the ids themselves; which of them count, and how much, is in the
weights, made from the roles alone. Media arrays are joined along their first axis, as transformers' models expect.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from sayso.models.encode import Encoded
from sayso.records import ROLES

__all__ = ["Batch", "collate", "role_weights"]

Batch: TypeAlias = dict[str, torch.Tensor]
"""What a model's forward takes; in training also `loss_weights`, float32 of shape (batch, tokens)."""


def role_weights(weights: Mapping[str, float]) -> NDArray[np.float32]:
    """A table from role code to weight; roles that are not named weigh nothing."""
    return np.array([weights.get(role, 0.0) for role in ROLES], dtype=np.float32)


def collate(
    rows: Sequence[Encoded],
    *,
    pad_token_id: int,
    weights: NDArray[np.float32] | None = None,
    side: Literal["right", "left"] = "right",
) -> Batch:
    """`input_ids` and `attention_mask` (batch, tokens), the media inputs, and `loss_weights` where `weights` are given."""
    batch: Batch = {
        "input_ids": _pad([np.asarray(row.input_ids) for row in rows], fill=pad_token_id, side=side).long(),
        "attention_mask": _pad([np.ones(len(row), dtype=np.int64) for row in rows], fill=0, side=side),
    }
    for name in rows[0].per_token:
        batch[name] = _pad([np.asarray(row.per_token[name]) for row in rows], fill=0, side=side).long()
    if weights is not None:
        batch["loss_weights"] = _pad([weights[row.roles] for row in rows], fill=0.0, side=side)
    return batch | _media(rows)


def _pad(rows: Sequence[NDArray[Any]], *, fill: float, side: str) -> torch.Tensor:
    width = max(len(row) for row in rows)
    out = np.full((len(rows), width), fill, dtype=rows[0].dtype)
    for index, row in enumerate(rows):
        place = slice(0, len(row)) if side == "right" else slice(width - len(row), width)
        out[index, place] = row
    return torch.from_numpy(out)


def _media(rows: Sequence[Encoded]) -> Batch:
    names = {name for row in rows for name in row.arrays}
    return {name: _join([row.arrays[name] for row in rows if name in row.arrays]) for name in sorted(names)}


def _join(arrays: Sequence[NDArray[Any]]) -> torch.Tensor:
    """Join along the first axis; where later axes differ (tiles an image), the smaller are filled up with zeros."""
    shape = tuple(max(array.shape[axis] for array in arrays) for axis in range(1, arrays[0].ndim))
    if all(array.shape[1:] == shape for array in arrays):
        return torch.from_numpy(np.concatenate(arrays))
    padded = [np.pad(a, [(0, 0), *((0, w - s) for w, s in zip(shape, a.shape[1:], strict=True))]) for a in arrays]
    return torch.from_numpy(np.concatenate(padded))
