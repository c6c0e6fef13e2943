"""LoRA: W x + (alpha / r) B A x, B zero at first (Hu et al. 2022); with peft's variants of it.

`rslora` divides alpha by the root of r (Kalajdzievski 2023), `dora` trains the lengths of the columns beside their directions (Liu et al. 2024).
`quantise` keeps the maps themselves in 4 or 8 bits meanwhile (Dettmers et al. 2023, QLoRA). Merged in the end.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from peft import LoraConfig
from torch import nn

from sayso.errors import ConfigError
from sayso.train.parts.methods._peft import inject, targets
from sayso.train.parts.methods._protocol import Part, methods
from sayso.train.parts.methods._quantised import Bits, quantised

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
    quantise: Bits | None = None
    """Keep these maps in so many bits while A and B train."""

    def apply(self, part: Part) -> Iterable[nn.Parameter]:
        """A and B beside every linear map."""
        names = targets(part, endings=self.target_modules)
        if self.quantise and self.dora:
            raise ConfigError(f"lora: dora does not go with quantise: {self.quantise} here; leave one of them out")
        config = LoraConfig(
            r=self.rank,
            lora_alpha=self.alpha,
            lora_dropout=self.dropout,
            use_rslora=self.rslora,
            use_dora=self.dora,
            target_modules=names,
        )
        with quantised(part.model, names, bits=self.quantise):
            return inject(part, config)
