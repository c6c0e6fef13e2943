"""LoRA: W x + (alpha / r) B A x, B zero at first (Hu et al. 2022); with peft's variants of it.

`rslora` divides alpha by the root of r (Kalajdzievski 2023), `dora` trains the lengths of the columns beside their directions (Liu et al. 2024).
Merged in the end.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from peft import LoraConfig
from torch import nn

from sayso.train.parts._protocol import Part, methods
from sayso.train.parts.methods._peft import inject, targets

__all__ = ["Lora"]


@methods.register("lora")
@dataclass(frozen=True, kw_only=True)
class Lora:
    """Options of LoRA."""

    rank: int = 16
    alpha: float = 32
    dropout: float = 0.0
    """Of what A reads."""
    rslora: bool = False
    dora: bool = False
    target_modules: tuple[str, ...] = ()
    """Endings of names of linear maps; all of the part but the head where empty."""

    def apply(self, part: Part) -> Iterable[nn.Parameter]:
        """A and B beside every linear map."""
        config = LoraConfig(
            r=self.rank,
            lora_alpha=self.alpha,
            lora_dropout=self.dropout,
            use_rslora=self.rslora,
            use_dora=self.dora,
            target_modules=targets(part, endings=self.target_modules),
        )
        return inject(part, config)
