"""The model's logits at the places that predict a target, and at no others.

With a vocabulary of 150,000 the head is most of a small model's step, and of its memory; where few tokens are targets, most of that
is never needed. transformers' models take a boolean mask as `logits_to_keep` and project those places alone. Whether a model's class
does is seen from its code, once; from the few that do not, all logits are taken and the same places picked, with the same result.
Models may stand inside others (DistributedDataParallel, peft, a compiled one); those pass the mask on.

The cross entropy keeps one copy of its N x V numbers beside the logits and turns it into the gradient where it lies. torch's own makes
three, and reads and writes each.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import torch
from torch.autograd.function import once_differentiable
from torch.nn.functional import log_softmax, pad

from sayso.models.collate import Batch, written_ids
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
    logits, states = _forward(model, inputs, keep=keep, hidden=hidden)
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


def _forward(
    model: torch.nn.Module, inputs: Batch, *, keep: torch.Tensor, hidden: bool
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Logits (N, V) and hidden states (N, D); places of a soft prompt stand before those of the text and are never kept."""
    inner, led = _unwrapped(model)
    options: dict[str, Any] = {"output_hidden_states": True} if hidden else {}
    if _takes_mask(type(inner).forward):
        options["logits_to_keep"] = pad(keep, (led, 0)) if led else keep
    out = model(**inputs, **options, use_cache=False)
    logits, states = (out.logits, out.hidden_states[-1] if hidden else None)
    kept = logits if logits.ndim == 2 else logits[:, -keep.shape[1] :][keep]
    return kept, None if states is None else states[:, -keep.shape[1] :][keep]


def _unwrapped(model: Any) -> tuple[torch.nn.Module, int]:
    """The model that has the head, and how many places a peft soft prompt puts before its text."""
    led = 0
    while True:
        if (config := getattr(model, "active_peft_config", None)) is not None:
            led = 0 if config.peft_type == "PREFIX_TUNING" else getattr(config, "num_virtual_tokens", 0) or 0
            model = model.get_base_model()
        elif isinstance(inner := getattr(model, "_orig_mod", getattr(model, "module", None)), torch.nn.Module):
            model = inner
        else:
            return model, led


@cache
def _takes_mask(forward: Callable[..., Any]) -> bool:
    """Whether a forward pass cuts its hidden states with transformers' own function, which knows masks."""
    code = getattr(inspect.unwrap(forward), "__code__", None)
    return code is not None and "slice_logits_to_keep" in code.co_names
