"""No change: the condition that all others are compared with."""

from collections.abc import Sequence

from sayso.evaluate.perturb._protocol import perturbations
from sayso.records import Sample, Verdict

__all__ = ["Plain", "plain"]


class Plain:
    """Leaves every sample as it is."""

    def apply(self, samples: Sequence[Sample], *, seed: int) -> list[Sample | Verdict]:
        """The samples."""
        del seed
        return list(samples)


@perturbations.register("plain")
def plain() -> Plain:
    """The input as it is."""
    return Plain()
