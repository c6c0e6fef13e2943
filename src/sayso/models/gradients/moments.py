"""The step that Adam would take for one example: LESS's Gamma.

    m' = b1 m + (1 - b1) g,   v' = b2 v + (1 - b2) g^2,   Gamma = m' / sqrt(v' + eps)

with m and v as training left them. Without bias correction and with eps under the root, as in LESS's code (its section 2 leaves both open).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import torch

from sayso.errors import DataError

__all__ = ["estimate_moments", "Moments"]


@dataclass(frozen=True, kw_only=True)
class Moments:
    """Adam's moments of the chosen weights, (P,) each, and its constants."""

    first: torch.Tensor
    second: torch.Tensor
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8

    def on(self, device: torch.device) -> "Moments":
        """The same on that device."""
        return replace(self, first=self.first.to(device), second=self.second.to(device))

    def step(self, gradients: torch.Tensor) -> torch.Tensor:
        """(B, P) gradients of single examples -> the step for each, without the learning rate."""
        b1, b2 = self.betas
        scale = gradients.square().mul_(1 - b2).add_(self.second, alpha=b2).add_(self.eps).sqrt_()
        return gradients.mul(1 - b1).add_(self.first, alpha=b1).div_(scale)


def estimate_moments(batches: Iterable[torch.Tensor], *, num_weights: int) -> Moments:
    """Moments from the gradients (B, P) of examples at hand: their mean, and the mean of their squares.

    Ours, for weights whose optimizer is gone. Squares of single examples are larger than those of the batches that Adam saw, by up to the batch size.

    Raises:
        DataError: there is no example.
    """
    first, second, count = torch.zeros(num_weights), torch.zeros(num_weights), 0
    for gradients in batches:
        first += gradients.float().sum(0).cpu()
        second += gradients.float().square().sum(0).cpu()
        count += len(gradients)
    if not count:
        raise DataError(f"no moments from {count} examples: none of them has a response that the model can read")
    return Moments(first=first / count, second=second / count)
