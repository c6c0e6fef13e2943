"""A forward pass that projects to the vocabulary only where somebody looks.

With a vocabulary of 150,000 the head is most of a small model's pass, and of its memory; where few places are looked at, most of that
is never needed. transformers' models take a boolean mask as `logits_to_keep` and project those places alone. Whether a model's class
does is seen from its code, once; from the few that do not, all logits are taken and the same places picked, with the same result.
Models may stand inside others (DistributedDataParallel, peft, a compiled one); those pass the mask on.
"""

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from torch.nn.functional import pad

from sayso.models.collate import Batch

__all__ = ["logits_at"]


def logits_at(
    model: torch.nn.Module, inputs: Batch, *, keep: torch.Tensor, hidden: bool = False
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """One forward pass: logits (N, V) at the N places where `keep` (batch, tokens) is set, in reading order.

    With `hidden` also the last hidden states (N, D) there, else None. Places of a soft prompt stand before those of the text and are never kept.
    """
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
