"""Quality and coverage in one sum (QDIT: Bukharin et al. 2024).

    gain of a, given A = (1 - alpha) w (FL(A + a) - FL(A)) / N + alpha q(a)

with facility location FL as in `facility_location`. Both terms have to be of one scale or alpha means nothing; how the authors bring them there is open in the
paper as we have it, and this is ours. Quality is z-scored over the rows that have it, coverage divided by N. With `scale: means`, w is the number of rows
to be kept, and what is made large is alpha times their mean quality and 1 - alpha times the pool's mean cosine to the nearest of them. With `scale: sums`, w
is 1; but a sum of k qualities drowns a mean cosine, and on 1,500 texts even alpha 0.005 chose what quality alone does.
The sum is submodular, so that lazy evaluation is exact. Alpha 0.7 is where most begin, and no finding.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from sayso.config import PluginConfig
from sayso.data.scorers._protocol import Floats
from sayso.data.selectors._columns import Which, need_bound, ranked, standardised
from sayso.data.selectors._coverage import Coverage, Neighbours, coverage
from sayso.data.selectors._greedy import greedy
from sayso.data.selectors._protocol import Budget, Ints, Picked, Pool, selectors
from sayso.data.selectors._vectors import SENTENCE, featured

__all__ = ["QditSelector"]


@selectors.register("qdit")
@dataclass(frozen=True, kw_only=True)
class QditSelector:
    """Keeps what is good and covers the pool; `alpha` 1 is quality alone and 0 coverage alone."""

    needs_budget = True

    by: str
    """The column of quality, or a product of columns."""
    alpha: Annotated[float, Field(ge=0, le=1)] = 0.7
    scale: Literal["means", "sums"] = "means"
    """What is added up: means over what is kept, or the sum of qualities and the mean cosine."""
    keep: Which | None = None
    """Which end of the column is good: `highest` or `lowest`; the column's own where None."""
    features: PluginConfig = SENTENCE
    neighbours: Annotated[int, Field(ge=1)] | None = None
    """As for `facility_location`."""

    def select(self, pool: Pool, *, budget: Budget) -> Picked:
        """Rows in the order of choice, each with its gain."""
        need_bound(budget, name="qdit")
        column = ranked(pool, self.by, keep=self.keep)
        found = featured(pool, self.features)
        rows = found.rows[np.isfinite(column.values[found.rows])]
        covered = coverage(found.exact(), neighbours=self.neighbours, chosen=found.chosen)
        weight = (1 - self.alpha) * (budget.most(len(pool)) if self.scale == "means" else 1)
        gain = _Mixed(covered, self.alpha * standardised(column.merits), weight=weight)
        picked, values = greedy(gain, rows, budget=budget)
        values[:1] += weight * covered.first / max(1, len(pool))
        return Picked(rows=picked, by=f"gain in coverage and {self.by}", scores=values, why={**found.why, **column.why})


class _Mixed:
    submodular = True

    def __init__(self, covered: Coverage | Neighbours, quality: Floats, *, weight: float) -> None:
        self._covered = covered
        self._quality = quality
        self._weight = weight

    def gains(self, rows: Ints) -> Floats:
        return np.asarray(self._weight * (self._covered.gains(rows) / len(self._quality)) + self._quality[rows])

    def add(self, row: int) -> None:
        self._covered.add(row)
