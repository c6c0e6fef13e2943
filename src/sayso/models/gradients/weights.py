"""Which parameters of a model gradients are taken of, and where each stands in one long vector.

By name: `lora` (A and B of every LoRA that is attached), `lora_b` (B alone, which is all that moves at first), `attached` (modules of the other methods that stay beside the weights), `linear`
(the linear maps of the language model but for its head), `all`; or shell patterns of parameter names. `auto` is the first of `lora`, `attached` and
`linear` that the model has. LESS takes LoRA's; what to take without LoRA is open in the paper, and `linear` is ours.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property

from torch import nn
from transformers import PreTrainedModel

from sayso.errors import ConfigError, did_you_mean
from sayso.models.attached import MARK
from sayso.models.attached._layers import linear_places
from sayso.models.parts import find_parts, part_of

__all__ = ["choose_weights", "language_modules", "WAYS", "Weights"]

WAYS = ("auto", "lora", "lora_b", "attached", "linear", "all")
_LORA = re.compile(r"\.lora_[A-Za-z_]+\.")
_LORA_B = re.compile(r"\.lora_B\.")
_ATTACHED = re.compile(rf"(?:^|\.){MARK}")


@dataclass(frozen=True, kw_only=True)
class Weights:
    """Parameters of a model by name, in the model's own order; a gradient is theirs one behind the other, (P,)."""

    parameters: Mapping[str, nn.Parameter]

    def __len__(self) -> int:
        return sum(one.numel() for one in self.parameters.values())

    @cached_property
    def places(self) -> dict[str, slice]:
        """Where each parameter stands in the vector."""
        places, start = {}, 0
        for name, one in self.parameters.items():
            places[name] = slice(start, start + one.numel())
            start += one.numel()
        return places


def choose_weights(model: PreTrainedModel, which: str | Sequence[str] = "auto") -> Weights:
    """The parameters that `which` names.

    Raises:
        ConfigError: there is no such way to choose, or the model has none of these.
    """
    known = dict(model.named_parameters())
    names = _named(model, known, which)
    if not names:
        raise ConfigError(
            f"weights: {type(model).__name__} has no parameter for {which!r}; choose one of {', '.join(WAYS)}, "
            f"or patterns of names such as {next(reversed(known), '')!r}"
        )
    return Weights(parameters={name: known[name] for name in names})


def _named(model: PreTrainedModel, known: Mapping[str, nn.Parameter], which: str | Sequence[str]) -> list[str]:
    if not isinstance(which, str):
        return [name for name in known if any(fnmatchcase(name, pattern) for pattern in which)]
    if which not in WAYS:
        raise ConfigError(
            f"weights: {which!r} is no way to choose{did_you_mean(which, list(WAYS))}; or give a list of patterns"
        )
    found = (_one_way(model, known, way) for way in (("lora", "attached", "linear") if which == "auto" else (which,)))
    return next((names for names in found if names), [])


def _one_way(model: PreTrainedModel, known: Mapping[str, nn.Parameter], way: str) -> list[str]:
    if way == "linear":
        maps = {f"{place}.weight" for place in linear_places(model, within=language_modules(model))}
        return [name for name in known if name in maps and not _LORA.search(name)]
    pattern = {"lora": _LORA, "lora_b": _LORA_B, "attached": _ATTACHED}.get(way)
    return [name for name in known if pattern is None or pattern.search(name)]


def language_modules(model: PreTrainedModel) -> list[str]:
    """The names of the language model's modules but for the head."""
    prefixes, head = find_parts(model), model.get_output_embeddings()
    named = ((name, module) for name, module in model.named_modules() if name and module is not head)
    return [name for name, _ in named if part_of(name, prefixes) == "language_model"]
