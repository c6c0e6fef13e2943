"""The model's logits at the places that predict a target, and at no others.

With a vocabulary of 150,000 the head is most of a small model's step, and of its memory; where few tokens are targets, most of that
is never needed. transformers' models take a boolean mask as `logits_to_keep` and project those places alone.
"""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch.nn.functional import cross_entropy

from sayso.models.collate import Batch
from sayso.train.batch import split_batch, supervised_positions

__all__ = ["read_targets", "Supervised"]


@dataclass(frozen=True, kw_only=True)
class Supervised:
    """What the model says at the N places that predict a target, in reading order; V words of vocabulary.

    `logits` are (N, V), all others (N,): the ids to come, their weights and roles, the number of their sample in the piece. `hidden` (N, D) is
    the last hidden state there, where somebody asks for it.
    """

    logits: torch.Tensor
    targets: torch.Tensor
    weights: torch.Tensor
    roles: torch.Tensor
    samples: torch.Tensor
    hidden: torch.Tensor | None = None

    @cached_property
    def nll(self) -> torch.Tensor:
        """Cross entropy of each target in nats, float32."""
        return cross_entropy(self.logits.float(), self.targets, reduction="none")


def read_targets(model: torch.nn.Module, batch: Batch, *, hidden: bool = False) -> Supervised:
    """One forward pass over a piece; with `hidden` the last hidden states are read too."""
    inputs, about = split_batch(batch)
    keep = supervised_positions(batch)
    asked = {"output_hidden_states": True} if hidden else {}
    out = model(**inputs, logits_to_keep=keep, use_cache=False, **asked)
    after = torch.roll(keep, 1, dims=1)
    return Supervised(
        logits=out.logits if out.logits.ndim == 2 else out.logits[keep],
        targets=batch["input_ids"][after],
        weights=about["loss_weights"][after],
        roles=about["loss_roles"][after],
        samples=about["loss_samples"][after],
        hidden=out.hidden_states[-1][:, -keep.shape[1] :][keep] if hidden else None,  # a soft prompt stands in front
    )
