"""A model as it answers, for a while: without dropout and without gradients."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

__all__ = ["quiet"]


@contextmanager
def quiet(model: torch.nn.Module) -> Iterator[None]:
    """Afterwards every module is in the mode that it was in."""
    training = [module for module in model.modules() if module.training]
    if training:
        model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module in training:
            module.training = True
