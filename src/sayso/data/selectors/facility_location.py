"""Rows that stand for the rest: every row of the pool is to be near one that is kept.

Facility location, greedy: the second half of Superfiltering's `.D` (Li et al. 2024), and QDIT with alpha 0 (Bukharin et al. 2024). Greedy
reaches at least 1 - 1/e of the best possible value (Nemhauser, Wolsey and Fisher 1978). Similarity is the cosine.
"""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from sayso.config import PluginConfig
from sayso.data.selectors._columns import need_bound
from sayso.data.selectors._coverage import coverage
from sayso.data.selectors._greedy import greedy
from sayso.data.selectors._protocol import Budget, Picked, Pool, selectors
from sayso.data.selectors._vectors import SENTENCE, featured

__all__ = ["FacilityLocationSelector"]


@selectors.register("facility_location")
@dataclass(frozen=True, kw_only=True)
class FacilityLocationSelector:
    """Keeps what covers the pool best; rows that were chosen before cover already."""

    needs_budget = True

    features: PluginConfig = SENTENCE
    neighbours: Annotated[int, Field(ge=1)] | None = None
    """Look at the cosines of so many nearest rows only (others count as 0); all, in blocks, where None."""

    def select(self, pool: Pool, *, budget: Budget) -> Picked:
        """Rows in the order of choice, each with what it adds to the sum of the pool's cosines to the nearest kept row."""
        need_bound(budget, name="facility_location")
        found = featured(pool, self.features)
        gain = coverage(found.exact(), neighbours=self.neighbours, chosen=found.chosen)
        rows, values = greedy(gain, found.rows, budget=budget)
        values[:1] += gain.first
        return Picked(rows=rows, by="gain in facility location", scores=values, why=found.why)
