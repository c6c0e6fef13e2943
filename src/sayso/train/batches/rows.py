"""Some rows of a piece as a piece of its own, with the media that belong to them and no more padding than they need."""

from collections.abc import Sequence

import torch

from sayso.errors import ConfigError
from sayso.models.collate import Batch

__all__ = ["take_rows"]

_MEDIA = "loss_media_"
_QFORMER = "qformer_"  # what a Q-Former reads, in tokens of its own


def take_rows(piece: Batch, rows: Sequence[int]) -> Batch:
    """The samples of these numbers, in this order; `rows` are numbers from 0.

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


def _media_rows(counts: torch.Tensor, rows: Sequence[int]) -> torch.Tensor:
    ends = counts.cumsum(0)
    parts = [torch.arange(int(ends[row] - counts[row]), int(ends[row])) for row in rows]
    return torch.cat(parts).to(counts.device)
