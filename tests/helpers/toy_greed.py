"""A loss term that wants more memory than any machine has."""

from dataclasses import dataclass

import torch

from sayso.models.collate import Batch
from sayso.train.batches.supervised import Supervised
from sayso.train.losses import LossTerm


@dataclass(frozen=True, kw_only=True)
class Greedy(LossTerm):
    """Asks for an exbibyte."""

    def count(self, piece: Batch) -> float:
        return 1.0

    def measure(self, read: Supervised, *, piece: Batch) -> torch.Tensor:
        return read.logits.sum() + torch.empty(2**60, dtype=torch.uint8).sum()
