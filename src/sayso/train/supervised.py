"""The model's logits at the places that predict a target, and at no others.

With a vocabulary of 150,000 the head is most of a small model's step, and of its memory; where few tokens are targets, most of that
is never needed. transformers' models take a boolean mask as `logits_to_keep` and project those places alone.
"""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch.nn.functional import cross_entropy

from sayso.models.collate import Batch, written_ids
from sayso.train.batch import split_batch, supervised_positions

__all__ = ["read_targets", "Supervised"]


@dataclass(frozen=True, kw_only=True)
class Supervised:
    """What the model says at the N places that predict a target, in reading order; V words of vocabulary.

    `logits` are (N, V), all others (N,): the ids to come, their weights and roles, the number of their sample in the piece.
    """

    logits: torch.Tensor
    targets: torch.Tensor
    weights: torch.Tensor
    roles: torch.Tensor
    samples: torch.Tensor

    @cached_property
    def nll(self) -> torch.Tensor:
        """Cross entropy of each target in nats, float32."""
        return cross_entropy(self.logits.float(), self.targets, reduction="none")


def read_targets(model: torch.nn.Module, batch: Batch) -> Supervised:
    """One forward pass over a piece."""
    inputs, about = split_batch(batch)
    keep = supervised_positions(batch)
    logits = model(**inputs, logits_to_keep=keep, use_cache=False).logits
    after = torch.roll(keep, 1, dims=1)
    return Supervised(
        logits=logits if logits.ndim == 2 else logits[keep],
        targets=written_ids(batch)[after],
        weights=about["loss_weights"][after],
        roles=about["loss_roles"][after],
        samples=about["loss_samples"][after],
    )
