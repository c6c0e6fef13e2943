"""What a perturbation is: samples of one task in, the same samples with something changed out.

A condition of an evaluation is a perturbation by name; `plain` changes nothing. A change is a function of (seed, example
id) and never of the wording, so that all wordings of an example see the same change. A sample that cannot be changed this
way (no image to shuffle) comes back as a Verdict with a reason, is not evaluated, and is counted.
"""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from sayso.records import Sample, Verdict
from sayso.registry import Registry

__all__ = ["Perturbation", "perturbations", "Told"]


class Perturbation(Protocol):
    """Changes what the model sees: text, media, or both; of options at most the order; never references or ids."""

    def apply(self, samples: Sequence[Sample], *, seed: int) -> list[Sample | Verdict]:
        """One result per sample, in the same order; the samples are those of one task, in any number of wordings."""
        ...


@runtime_checkable
class Told(Protocol):
    """A perturbation that must know what other tasks ask for."""

    def told(self, instructions: Sequence[str]) -> Perturbation:
        """The perturbation, with instructions of other tasks that have no slots."""
        ...


perturbations: Registry[Perturbation] = Registry("perturbation", "sayso.evaluate.perturb")
"""Perturbations by name."""
