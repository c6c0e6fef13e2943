"""MoELoRA: every linear map gets E experts of low rank, mixed per token by a router of its own (Chen et al. 2024, CoIN).

y = W x + (alpha / r) sum_e g_e(x) B_e A_e dropout(x), with g = softmax(router x) over all experts and a total rank r that they share.
A is normal with standard deviation 0.01, B zero, so that the first step is the model's own. What a token adds depends on the token, so there is nothing to merge.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import nn
from transformers import PreTrainedModel

from sayso.errors import ConfigError
from sayso.models.attached._layers import linear_places
from sayso.models.attached._protocol import attachments, hang

__all__ = ["MoELoRAOptions"]


@attachments.register("moe_lora")
@dataclass(frozen=True, kw_only=True)
class MoELoRAOptions:
    """Options of MoELoRA; the defaults are those of the published LLaVA run.

    Raises:
        ConfigError: the rank is no multiple of the number of experts.
    """

    rank: int = 128
    """Of all experts together."""
    num_experts: int = 8
    alpha: float = 256
    dropout: float = 0.05
    target_modules: tuple[str, ...] = ()
    """Endings of names of linear maps; all of the part where empty."""

    def __post_init__(self) -> None:
        if self.num_experts < 1 or self.rank < 1 or self.rank % self.num_experts:
            raise ConfigError(
                f"moe_lora: rank {self.rank} cannot be shared by {self.num_experts} experts; give a multiple of num_experts"
            )

    def places(self, model: PreTrainedModel, *, within: Sequence[str]) -> list[str]:
        """The linear maps."""
        found = linear_places(model, within=within, endings=self.target_modules)
        if not found:
            raise ConfigError(f"moe_lora: no linear map with one of the endings {', '.join(self.target_modules)}")
        return found

    def attach(self, model: PreTrainedModel, *, places: Sequence[str]) -> None:
        """A router and its experts beside each place."""
        for place in places:
            on = model.get_submodule(place)
            experts = _Experts(cast("nn.Linear", on), options=self)
            hang(experts, on=on, kind="moe_lora")
            on.register_forward_hook(experts.add)


class _Experts(nn.Module):
    def __init__(self, linear: nn.Linear, *, options: MoELoRAOptions) -> None:
        super().__init__()
        self.router = nn.Linear(linear.in_features, options.num_experts, bias=False)
        self.down = nn.Linear(linear.in_features, options.rank, bias=False)
        self.up = nn.Linear(options.rank, linear.out_features, bias=False)
        self.dropout = nn.Dropout(options.dropout)
        self.scale = options.alpha / options.rank
        nn.init.normal_(self.down.weight, std=0.01)
        nn.init.zeros_(self.up.weight)

    def add(self, module: nn.Module, args: tuple[Any, ...], output: torch.Tensor) -> torch.Tensor:
        """The map's output with the experts' added."""
        added: torch.Tensor = self(args[0])
        return output + added.to(output.dtype)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.to(self.down.weight.dtype)
        gates: torch.Tensor = self.router(x).softmax(-1)
        low = self.down(self.dropout(x)).unflatten(-1, (gates.shape[-1], -1))
        out: torch.Tensor = self.scale * self.up((low * gates.unsqueeze(-1)).flatten(-2))
        return out
