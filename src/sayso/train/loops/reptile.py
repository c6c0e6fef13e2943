"""`reptile`: take some steps on one task, then go only part of the way (Nichol, Achiam and Schulman 2018).

theta <- theta + step_size (theta_K - theta), where theta_K is where K inner steps on one task led: a first-order relative of MAML that
needs no second derivatives. It moves what is trained: with a soft prompt in front of a frozen model, the prompt, which makes it an initialisation from which
new tasks are near. The inner optimizer keeps its moments from one stretch to the next, as a Trainer does; the paper's inner Adam has none to keep (beta1 0), so
this is ours.
"""

from dataclasses import dataclass

import torch

from sayso.errors import ConfigError
from sayso.train.loops._protocol import By, OuterLoop, Weights, loops

__all__ = ["Reptile"]


@loops.register("reptile")
@dataclass(frozen=True, kw_only=True)
class Reptile(OuterLoop):
    """`inner_steps` are K, `step_size` the share of the way; with 1 nothing but the order differs from ordinary training.

    Raises:
        ConfigError: no inner step, or a step size outside (0, 1].
    """

    inner_steps: int = 5
    step_size: float = 0.5
    by: By = "task"

    def __post_init__(self) -> None:
        if self.inner_steps < 1:
            raise ConfigError(f"loop 'reptile' has inner_steps {self.inner_steps}; give 1 or more")
        if not 0 < self.step_size <= 1:
            raise ConfigError(f"loop 'reptile' has step_size {self.step_size}; give a number above 0 and at most 1")

    def start(self, weights: Weights) -> dict[str, torch.Tensor]:
        """A copy of the weights: theta."""
        return {name: weight.detach().clone() for name, weight in weights.items()}

    @torch.no_grad()
    def end_stretch(self, weights: Weights, *, memory: dict[str, torch.Tensor]) -> None:
        """Weights and memory become theta + step_size (theta_K - theta)."""
        for name, weight in weights.items():
            memory[name].lerp_(weight.detach(), self.step_size)
            weight.copy_(memory[name])
