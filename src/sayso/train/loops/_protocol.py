"""What an outer loop is: a change of the weights after every stretch of ordinary steps.

The inner steps are the Trainer's own, with its optimizer and schedule. A loop that wants the steps of a stretch to be of one task says so with `by`; the
order of the run is then made of such stretches. What the loop remembers between stretches is part of every checkpoint.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch

from sayso.registry import Registry

__all__ = ["By", "loops", "OuterLoop", "Weights"]

Weights: TypeAlias = Mapping[str, torch.Tensor]
"""The trainable parameters by name, as they are in the model; a loop changes them in place."""

By: TypeAlias = Literal["all", "task", "category"]
"""What the samples of a stretch have in common."""


@dataclass(frozen=True, kw_only=True)
class OuterLoop:
    """Base of the loops; one that overrides nothing changes nothing."""

    inner_steps: int = 0
    """Optimizer steps of a stretch; 0 is no stretches at all."""
    by: By = "all"

    def start(self, weights: Weights) -> dict[str, torch.Tensor]:
        """What is remembered before the first stretch."""
        return {}

    def end_stretch(self, weights: Weights, *, memory: dict[str, torch.Tensor]) -> None:
        """Change the weights, and the memory for the next stretch, in place."""


loops: Registry[OuterLoop] = Registry("loop", "sayso.train.loops")
"""Outer loops by name; a factory's keyword arguments are the options of a recipe's `loop:` entry."""
