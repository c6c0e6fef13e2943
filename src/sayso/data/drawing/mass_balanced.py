"""A fixed share of the draws goes to wordings that somebody wrote, the rest to generated ones; uniform inside each.

InstrAug's option `with_prob` gives half to each. Its release could not: it told raw rows by where they stood in the table and by
a comparison that matched none of them (defect 12). Here a wording is generated if it has a lineage, that is, if it was made from
another one, wherever it stands. Where a task has wordings of one kind only, these get everything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from sayso.data.drawing._protocol import drawings
from sayso.records import Template

__all__ = ["MassBalancedDrawing"]


@drawings.register("mass_balanced")
@dataclass(frozen=True, kw_only=True)
class MassBalancedDrawing:
    """`fraction` is the share of the draws that written wordings get, in (0, 1)."""

    fraction: Annotated[float, Field(gt=0, lt=1)] = 0.5

    def weigh(self, templates: Sequence[Template]) -> Sequence[float]:
        """The share of a wording's kind, divided by how many there are of it."""
        generated = [template.lineage is not None for template in templates]
        made = sum(generated)
        written = len(generated) - made
        return [(1 - self.fraction) / made if one else self.fraction / written for one in generated]
