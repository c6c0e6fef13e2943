"""Encoded samples become one batch of tensors, padded and masked: what a model reads, in training and in answering.

Training pads on the right, generation on the left. Media arrays are joined along their first axis, as transformers' models expect.
"""

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from sayso.models.encode import Encoded

__all__ = ["Batch", "collate", "pad", "written_ids"]

Batch: TypeAlias = dict[str, torch.Tensor]
"""What a model's forward takes; in training also what `sayso.train.batches.batch` lists."""


def collate(
    rows: Sequence[Encoded],
    *,
    pad_token_id: int,
    side: Literal["right", "left"] = "right",
) -> Batch:
    """`input_ids` and `attention_mask` (batch, tokens) and the media inputs.

    An encoder-decoder gets these as `decoder_input_ids` and `decoder_attention_mask`, and what its encoder reads under the plain names.
    """
    which = "decoder_" if "input_ids" in rows[0].beside else ""
    batch: Batch = {
        f"{which}input_ids": pad([np.asarray(row.input_ids) for row in rows], fill=pad_token_id, side=side).long(),
        f"{which}attention_mask": pad([np.ones(len(row), dtype=np.int64) for row in rows], fill=0, side=side),
    }
    for name in rows[0].beside:
        fill = pad_token_id if name == "input_ids" else 0
        batch[name] = pad([np.asarray(row.beside[name]) for row in rows], fill=fill).long()
    for name in rows[0].per_token:
        batch[name] = pad([np.asarray(row.per_token[name]) for row in rows], fill=0, side=side).long()
    return batch | _media(rows)


def written_ids(batch: Batch) -> torch.Tensor:
    """(batch, tokens): the tokens of which each predicts the next, those of the decoder where there are two sides."""
    return batch["decoder_input_ids"] if "decoder_input_ids" in batch else batch["input_ids"]


def pad(rows: Sequence[NDArray[Any]], *, fill: float, side: str = "right") -> torch.Tensor:
    """One-dimensional arrays as the rows of a tensor of shape (batch, longest)."""
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
