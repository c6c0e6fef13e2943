"""Perturbations: the same question with something changed, to see what the answer rests on. See `_protocol.py`."""

from sayso.evaluate.perturb._protocol import Perturbation, Told, perturbations

__all__ = ["Perturbation", "perturbations", "Told"]
