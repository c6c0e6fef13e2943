"""Every wording is equally likely: MultiInstruct's and InstrAug's default.

A task with twenty given wordings and two thousand generated ones hardly ever sees a given one.
"""

from collections.abc import Sequence

from sayso.data.drawing._protocol import drawings
from sayso.records import Template

__all__ = ["uniform", "UniformDrawing"]


class UniformDrawing:
    """Weighs all wordings alike."""

    def weigh(self, templates: Sequence[Template]) -> Sequence[float]:
        """One each."""
        return [1.0] * len(templates)


@drawings.register("uniform")
def uniform() -> UniformDrawing:
    """The drawing `uniform`; it has no options."""
    return UniformDrawing()
