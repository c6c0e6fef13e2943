"""The model's logits at the places that predict a target, and at no others.

The head projects those places alone (`sayso.models.head`).

The cross entropy keeps one copy of its N x V numbers beside the logits and turns it into the gradient where it lies. torch's own makes
three, and reads and writes each.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch.autograd.function import once_differentiable
from torch.nn.functional import log_softmax

from sayso.models.collate import Batch, written_ids
from sayso.models.head import logits_at
from sayso.train.batches.batch import split_batch, supervised_positions

__all__ = ["cross_entropies", "read_targets", "Supervised"]


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
        return cross_entropies(self.logits, self.targets)


def read_targets(model: torch.nn.Module, batch: Batch, *, hidden: bool = False) -> Supervised:
    """One forward pass over a piece; with `hidden` the last hidden states are read too.

    An encoder-decoder's targets are in `decoder_input_ids`.
    """
    inputs, about = split_batch(batch)
    keep = supervised_positions(batch)
    after = torch.roll(keep, 1, dims=1)
    logits, states = logits_at(model, inputs, keep=keep, hidden=hidden)
    return Supervised(
        logits=logits,
        targets=written_ids(batch)[after],
        weights=about["loss_weights"][after],
        roles=about["loss_roles"][after],
        samples=about["loss_samples"][after],
        hidden=states,
    )


def cross_entropies(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """(N, V), (N,) -> (N,) in nats, float32 whatever the logits are; its gradient can be taken once."""
    entropies: torch.Tensor = _CrossEntropies.apply(logits, targets)  # type: ignore[no-untyped-call]
    return entropies


class _CrossEntropies(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        logs = log_softmax(logits, dim=-1, dtype=torch.float32)
        ctx.logs, ctx.dtype, ctx.targets = logs, logits.dtype, targets[:, None]
        return -logs.gather(1, targets[:, None])[:, 0]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, upstream: torch.Tensor) -> tuple[torch.Tensor, None]:
        gradient, ctx.logs = ctx.logs.exp_(), None
        gradient.mul_(upstream[:, None])
        gradient.scatter_add_(1, ctx.targets, -upstream[:, None])
        return gradient.to(ctx.dtype), None
