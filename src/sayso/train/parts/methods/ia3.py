"""IA3: learned factors on keys, values and the inner activations of the feed-forward network (Liu et al. 2022).

The factors begin at one and are merged in the end.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from peft import IA3Config
from torch import nn

from sayso.train.parts.methods._peft import inject, targets
from sayso.train.parts.methods._protocol import Part, methods

__all__ = ["IA3"]


@methods.register("ia3")
@dataclass(frozen=True, kw_only=True)
class IA3:
    """Options of IA3."""

    target_modules: tuple[str, ...] = ("k_proj", "v_proj")
    """Endings of names of linear maps whose outputs get factors."""
    feedforward_modules: tuple[str, ...] = ("down_proj", "fc2")
    """Those whose inputs do."""

    def apply(self, part: Part) -> Iterable[nn.Parameter]:
        """The factors."""
        ends = [*self.target_modules, *self.feedforward_modules]
        inputs = set(targets(part, endings=self.feedforward_modules)) if self.feedforward_modules else set()
        found = targets(part, endings=ends)
        return inject(
            part, IA3Config(target_modules=found, feedforward_modules=[one for one in found if one in inputs])
        )
