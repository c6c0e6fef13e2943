"""BitFit: the biases of the part train and nothing else (Ben Zaken et al. 2022).

Many language models have no biases; then there is nothing to train, and the message says where the model has some.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from torch import nn

from sayso.errors import ConfigError
from sayso.models.parts import part_of
from sayso.train.parts.methods._protocol import Part, methods

__all__ = ["BitFit"]


@methods.register("bitfit")
@dataclass(frozen=True, kw_only=True)
class BitFit:
    """Biases alone train."""

    def apply(self, part: Part) -> Iterable[nn.Parameter]:
        """Its biases."""
        found = [one for name, one in part.parameters.items() if _is_bias(name)]
        if not found:
            raise ConfigError(
                f"bitfit: {part.name} of {type(part.model).__name__} has no biases ({_elsewhere(part)}); "
                "choose lora or adapter for it, or a model whose layers have biases, such as OPT, GPT-2, Phi or Qwen2"
            )
        return found


def _is_bias(name: str) -> bool:
    return name.rpartition(".")[2] == "bias"


def _elsewhere(part: Part) -> str:
    biases = (name for name, _ in part.model.named_parameters() if _is_bias(name))
    counts = Counter(part_of(name, part.prefixes) for name in biases)
    return ", ".join(f"{name} has {count}" for name, count in sorted(counts.items())) or "nor has any other part"
