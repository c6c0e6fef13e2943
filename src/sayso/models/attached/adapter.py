"""Bottleneck adapters: h + W_up f(W_down h) after attention, after the feed-forward network, or both.

Houlsby et al. 2019 (both places), Pfeiffer et al. 2020 (after the feed-forward network alone); `parallel` reads what the sublayer reads
instead of what it writes (He et al. 2022). W_up begins at zero, so that the first step is the model's own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import nn
from transformers import PreTrainedModel
from transformers.activations import ACT2FN

from sayso.errors import ConfigError
from sayso.models.attached._layers import layer_places, linear_places
from sayso.models.attached._protocol import attachments, hang

__all__ = ["AdapterOptions"]


@attachments.register("adapter")
@dataclass(frozen=True, kw_only=True)
class AdapterOptions:
    """Options of bottleneck adapters."""

    reduction: float = 16
    """Size of the hidden state divided by that of the bottleneck."""
    after: tuple[Literal["attention", "ffn"], ...] = ("ffn",)
    """The sublayers of each layer that get one."""
    activation: str = "relu"
    """A name that transformers knows, such as `gelu` or `silu`."""
    parallel: bool = False
    scale: float = 1.0
    """Factor of the adapter's output."""
    target_modules: tuple[str, ...] = ()
    """Endings of names of the linear maps to stand behind instead of `after`'s sublayers."""

    def places(self, model: PreTrainedModel, *, within: Sequence[str]) -> list[str]:
        """The sublayers, or the linear maps that were named."""
        if self.target_modules:
            found = linear_places(model, within=within, endings=self.target_modules)
        else:
            found = layer_places(model, within=within, after=self.after)
        if not found:
            raise ConfigError(
                f"adapter: nothing to stand behind: {', '.join(self.target_modules or self.after)} is in none of the modules "
                f"{', '.join(within[:12])}; name linear maps with target_modules"
            )
        return found

    def attach(self, model: PreTrainedModel, *, places: Sequence[str]) -> None:
        """One adapter behind each place."""
        if self.activation not in ACT2FN:
            raise ConfigError(f"adapter: activation {self.activation!r} is unknown; for example relu, gelu or silu")
        for place in places:
            on = model.get_submodule(place)
            adapter = _Adapter(_size(on), options=self)
            hang(adapter, on=on, kind="adapter")
            on.register_forward_hook(adapter.add, with_kwargs=True)


class _Adapter(nn.Module):
    def __init__(self, size: int, *, options: AdapterOptions) -> None:
        super().__init__()
        bottleneck = max(1, int(size / options.reduction))
        self.down = nn.Linear(size, bottleneck)
        self.up = nn.Linear(bottleneck, size)
        self.activation = ACT2FN[options.activation]
        self.parallel, self.scale = options.parallel, options.scale
        nn.init.zeros_(self.up.weight)
        nn.init.zeros_(self.up.bias)

    def add(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> Any:
        """The sublayer's output with this added; further outputs, such as attention weights, pass."""
        hidden, rest = (output[0], output[1:]) if isinstance(output, tuple) else (output, None)
        read = (args[0] if args else kwargs["hidden_states"]) if self.parallel else hidden
        added = hidden + self.scale * self(read).to(hidden.dtype)
        return added if rest is None else (added, *rest)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.up(self.activation(self.down(hidden.to(self.down.weight.dtype))))
        return out


def _size(module: nn.Module) -> int:
    """How wide the module's output is: as the last linear map that it makes."""
    return [one for one in module.modules() if isinstance(one, nn.Linear)][-1].out_features
