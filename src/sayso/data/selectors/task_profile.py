"""Rows for a task that is to be learned: similar to it, together covering all of it, and helping with it.

    gain of a, given A = ws z(similarity of a) + wc (C(A + a) - C(A)) / s + wi z(influence of a),   C(A) = mean over targets v of max over a in A of max(cos(a, v), 0)

This is the recipe of section 5.8 of the survey of instruction tuning, which names the three and no formula: similarity of instructions (the column `insta`), coverage (facility location that looks at the targets alone and not at the pool) and positive transfer (the column
`less`). How they are put together is ours: columns are z-scored, and coverage is divided by the standard deviation s of what rows add to nothing, so that with equal weights all three begin alike. The sum is submodular, so that lazy greedy is exact. The survey also wants
the target's use case and skills in words (as CodecLM finds them); that is a matter of making data, not of choosing, and not part of this.

A weight of 0 leaves a term out, and its column need not be there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal, TypeAlias

import numpy as np
from pydantic import Field

from sayso.config import PluginConfig
from sayso.data.features import featurisers
from sayso.data.features._protocol import Vectors
from sayso.data.scorers._protocol import Floats
from sayso.data.selectors._columns import Ranked, need_bound, ranked, standardised
from sayso.data.selectors._greedy import greedy
from sayso.data.selectors._protocol import Budget, Ints, Picked, Pool, selectors
from sayso.data.selectors._vectors import SENTENCE, blocks, featured, on_grid, unit
from sayso.errors import ConfigError
from sayso.seeds import Stream

__all__ = ["TaskProfileSelector"]

Term: TypeAlias = Literal["similarity", "coverage", "influence"]
TERMS: tuple[Term, ...] = ("similarity", "coverage", "influence")


@selectors.register("task_profile")
@dataclass(frozen=True, kw_only=True)
class TaskProfileSelector:
    """Keeps rows for the stage's target."""

    needs_budget = True

    similarity: str = "insta"
    influence: str = "less"
    """The columns of these two terms, or products of columns."""
    weights: Mapping[Term, Annotated[float, Field(ge=0)]] = field(default_factory=dict)
    """How much each term counts; 1 where it is not said."""
    features: PluginConfig = SENTENCE
    """What rows and targets are compared by for coverage."""
    max_targets: Annotated[int, Field(ge=1)] = 1024
    """So many targets are covered, drawn by the seed."""

    def select(self, pool: Pool, *, budget: Budget) -> Picked:
        """Rows in the order of choice, each with its gain.

        Raises:
            ConfigError: there is no budget, no target to cover, or a column is not there; or all weights are 0.
        """
        need_bound(budget, name="task_profile")
        weights = {term: self.weights.get(term, 1.0) for term in TERMS}
        if not any(weights.values()):
            raise ConfigError(f"selector 'task_profile' has weights {weights}; give one of them a weight over 0")
        found = featured(pool, self.features)
        names: dict[Term, str] = {"similarity": self.similarity, "influence": self.influence}
        columns = {term: ranked(pool, names[term]) for term in names if weights[term]}
        rows = found.rows
        for column in columns.values():
            rows = rows[np.isfinite(column.values[rows])]
        base: Floats = np.zeros(len(pool))
        for term, column in columns.items():
            base[rows] += weights[term] * standardised(column.merits[rows])
        gain = _Profile(base, found.exact(), self._targets(pool, weight=weights["coverage"]), rows=rows)
        gain.weigh(weights["coverage"], chosen=found.chosen)
        picked, values = greedy(gain, rows, budget=budget)
        return Picked(
            rows=picked, by="similarity, coverage and influence", scores=values, why=_reasons(found.why, columns)
        )

    def _targets(self, pool: Pool, *, weight: float) -> Vectors:
        """Their vectors on the grid, (T, d)."""
        given = [sample for some in pool.scoring.target.values() for sample in some] if weight else []
        if weight and not given:
            raise ConfigError(
                f"selector 'task_profile' has {len(given)} targets to cover; add a build of what the model is to become good at to from:, "
                "or target: FILE, or give weights: {coverage: 0}"
            )
        if len(given) > self.max_targets:
            places = Stream(pool.scoring.seed, "task_profile").sample(range(len(given)), self.max_targets)
            given = [given[place] for place in sorted(places)]
        if not given:
            return np.zeros((0, 0), dtype=np.float32)
        made = featurisers.build(self.features.name, self.features.options).features(given, scoring=pool.scoring)
        return on_grid(unit(made))


class _Profile:
    """The gain: what a row is worth by itself, and how much nearer the targets come to something kept."""

    submodular = True

    def __init__(self, base: Floats, vectors: Vectors, targets: Vectors, *, rows: Ints) -> None:
        self._base = base
        self._vectors = vectors
        self._targets = targets
        self._rows = rows
        self._scale = 0.0
        self._best = np.zeros(len(targets), dtype=np.float32)

    def weigh(self, weight: float, *, chosen: Ints) -> None:
        """Scale coverage by what rows add to nothing; `chosen` cover already."""
        if weight and len(self._targets) and len(self._rows):
            alone = self._covered(self._rows)
            # Not by the deviation: that of equal numbers is 1e-17.
            self._scale = weight / float(alone.std()) if np.ptp(alone) > 0 else 0.0
            for row in chosen.tolist():
                self.add(row)

    def gains(self, rows: Ints) -> Floats:
        return np.asarray(self._base[rows] + (self._scale * self._covered(rows) if self._scale else 0.0))

    def add(self, row: int) -> None:
        if self._scale:
            np.maximum(self._best, self._targets @ self._vectors[row], out=self._best)

    def _covered(self, rows: Ints) -> Floats:
        found: Floats = np.empty(len(rows))
        for some in blocks(len(rows)):
            nearer = self._vectors[rows[some]] @ self._targets.T - self._best
            found[some] = np.maximum(nearer, 0).sum(axis=1, dtype=np.float64) / len(self._targets)
        return found


def _reasons(why: dict[int, str], columns: Mapping[Term, Ranked]) -> dict[int, str]:
    return {**why, **{row: reason for column in columns.values() for row, reason in column.why.items()}}
