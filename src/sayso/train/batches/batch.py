"""One piece of an accumulated batch: what the model reads, and beside it what the loss knows of every token.

What the loss knows stands under names that begin with `loss_`, B rows of T tokens that hold S samples:

- `loss_weights` (B, T) float32: how much the token weighs as a target; the first token of a sample never does;
- `loss_roles` (B, T) uint8: its role;
- `loss_samples` (B, T) int64: the number of its sample within the piece, -1 for padding; a packed row holds several;
- `loss_counts` (S,) float32: what each sample adds to the sum that the loss is divided by;
- `loss_groups` (S,) int64: samples of equal number are wordings of one example, drawn for one place of the run;
- `loss_wordings` (S,) int64: the sample's number among these, in the order in which they were drawn;
- `loss_leads` (S,) int64: how many tokens in front of the sample's first response the chat template writes itself;
- `loss_media_NAME` (S,) int64: how many rows of the media input NAME belong to each sample, where there is one of that name.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from sayso.errors import ConfigError
from sayso.models.collate import Batch, collate, pad
from sayso.models.encode import Encoded
from sayso.train.objectives import Weigh
from sayso.train.unlearnable import check_beside

__all__ = ["make_batch", "split_batch", "supervised_positions", "take_rows"]

_MEDIA = "loss_media_"
_QFORMER = "qformer_"  # what a Q-Former reads, in tokens of its own


def make_batch(rows: Sequence[Encoded], *, pad_token_id: int, weigh: Weigh) -> Batch:
    """Samples one below the other, padded on the right.

    Raises:
        ConfigError: the objective weighs what the model reads beside the tokens that it predicts.
    """
    weighed = [weigh(row) for row in rows]
    check_beside(rows[0], weigh=weigh)
    return collate(rows, pad_token_id=pad_token_id) | {
        "loss_weights": pad([_unled(one.weights) for one in weighed], fill=0.0),
        "loss_roles": pad([row.roles for row in rows], fill=0),
        "loss_samples": pad([np.full(len(row), number) for number, row in enumerate(rows)], fill=-1),
        "loss_counts": torch.tensor([one.count for one in weighed]),
        "loss_groups": torch.tensor(_groups(rows)),
        "loss_wordings": torch.tensor([row.wording for row in rows]),
        "loss_leads": torch.tensor([row.num_lead for row in rows]),
        **_media_counts(rows),
    }


def split_batch(batch: Batch) -> tuple[Batch, Batch]:
    """(what the model reads, what only the loss knows)."""
    inputs = {name: value for name, value in batch.items() if not name.startswith("loss_")}
    return inputs, {name: value for name, value in batch.items() if name.startswith("loss_")}


def supervised_positions(batch: Batch) -> torch.Tensor:
    """(B, T) booleans: the places whose logits predict a target, each one before its target."""
    counted = batch["loss_weights"] > 0
    return torch.cat([counted[:, 1:], torch.zeros_like(counted[:, :1])], dim=1)


def _unled(weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """No place in front of it predicts the first token of a sample, whoever weighs it."""
    return np.concatenate([[np.float32(0)], weights[1:]])


def take_rows(piece: Batch, rows: Sequence[int]) -> Batch:
    """Some rows of a piece as a piece of its own, in this order, with their media and no more padding than they need.

    Raises:
        ConfigError: a row of the piece holds several samples.
    """
    num_rows, num_samples = len(piece["input_ids"]), len(piece["loss_groups"])
    if num_rows != num_samples or "position_ids" in piece:
        raise ConfigError(
            f"{num_samples} samples are packed into {num_rows} rows, and a loss that chooses among wordings takes single samples; "
            "turn packing off, or choose another loss"
        )
    wanted = torch.tensor(list(rows), device=piece["loss_samples"].device)
    width = int((piece["loss_samples"][wanted] >= 0).sum(1).max())
    media = {name.removeprefix(_MEDIA) for name in piece if name.startswith(_MEDIA)}
    taken = {name: value[wanted] for name, value in piece.items() if name not in media}
    if "decoder_input_ids" not in piece:  # whose lengths are not those of what the encoder reads
        shortened = {name for name, value in taken.items() if value.ndim == 2 and not name.startswith(_QFORMER)}
        taken |= {name: taken[name][:, :width] for name in shortened}
    taken |= {name: piece[name][_media_rows(piece[_MEDIA + name], rows)] for name in media}
    numbers = torch.arange(len(wanted), device=wanted.device)[:, None]
    return taken | {"loss_samples": torch.where(taken["loss_samples"] >= 0, numbers, -1)}


def _groups(rows: Sequence[Encoded]) -> list[int]:
    numbers: dict[tuple[int, str, str], int] = {}
    return [numbers.setdefault((row.place, row.task, row.example), len(numbers)) for row in rows]


def _media_counts(rows: Sequence[Encoded]) -> Batch:
    names = sorted({name for row in rows for name in row.arrays})
    return {_MEDIA + n: torch.tensor([len(r.arrays[n]) if n in r.arrays else 0 for r in rows]) for n in names}


def _media_rows(counts: torch.Tensor, rows: Sequence[int]) -> torch.Tensor:
    ends = counts.cumsum(0)
    parts = [torch.arange(int(ends[row] - counts[row]), int(ends[row])) for row in rows]
    return torch.cat(parts).to(counts.device)
