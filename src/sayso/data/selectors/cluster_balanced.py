"""The same number from every cluster, so that what is common in the pool does not fill the budget.

Clusters come from k-means; within each the best by a column come first, or those nearest to the centre. With one row of each cluster, nearest to
the centre, these are the anchors of Nuggets (Li et al. 2023).
"""

from collections import Counter
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from sayso.config import PluginConfig
from sayso.data.scorers._protocol import Floats
from sayso.data.selectors._clusters import Clusters, k_means
from sayso.data.selectors._columns import Which, need_bound, ranked
from sayso.data.selectors._protocol import Budget, Ints, Picked, Pool, selectors
from sayso.data.selectors._vectors import SENTENCE, featured
from sayso.seeds import derive

__all__ = ["ClusterBalancedSelector"]


@selectors.register("cluster_balanced")
@dataclass(frozen=True, kw_only=True)
class ClusterBalancedSelector:
    """Takes from every cluster its best row, then from every one its second, until the budget is full; a small cluster is soon used up.

    Rows that were chosen before count for their clusters: one that has two waits until all others have two.
    """

    needs_budget = True

    clusters: Annotated[int, Field(ge=1)] = 100
    by: str | None = None
    """The column by which a row is best of its cluster, or a product; nearest to the centre where None."""
    keep: Which | None = None
    features: PluginConfig = SENTENCE
    draw: int = 0
    """Tells several clusterings with one seed of the run apart."""

    def select(self, pool: Pool, *, budget: Budget) -> Picked:
        """Rows round by round, in each from the best to the worst."""
        need_bound(budget, name="cluster_balanced")
        found = featured(pool, self.features)
        if not len(found.known):
            return Picked(rows=found.rows, by=self.by or "nearness to the centre", why=found.why)
        seed = derive("select", "cluster_balanced", pool.scoring.seed, self.draw)
        clusters = k_means(found.exact()[found.known], self.clusters, seed=seed)
        labels, nearness = _of_all(clusters, found.known, size=len(pool))
        if self.by is None:
            values, merits, why = nearness, nearness, {}
        else:
            column = ranked(pool, self.by, keep=self.keep)
            values, merits, why = column.values, column.merits, dict(column.why)
        order = _in_turn(found.rows[np.isfinite(merits[found.rows])], labels, merits, chosen=found.chosen)
        rows = budget.cut(order)
        return Picked(rows=rows, by=self.by or "nearness to the centre", scores=values[rows], why={**found.why, **why})


def _of_all(clusters: Clusters, known: Ints, *, size: int) -> tuple[Ints, Floats]:
    """The cluster of each row of the pool and how near it is to its centre (the negative distance)."""
    labels = np.full(size, -1, dtype=np.int64)
    nearness = np.full(size, np.nan)
    labels[known] = clusters.labels
    nearness[known] = -np.sqrt(np.maximum(clusters.squares, 0))
    return labels, nearness


def _in_turn(rows: Ints, labels: Ints, merits: Floats, *, chosen: Ints) -> Ints:
    """The best of every cluster, then the second of every cluster ...; among those of one turn the best first, then the lower row."""
    best_first = rows[np.argsort(-merits[rows], kind="stable")]
    turns = Counter(labels[chosen].tolist())
    keys = []
    for label in labels[best_first].tolist():
        keys.append(turns[label])
        turns[label] += 1
    return best_first[np.argsort(np.array(keys, dtype=np.int64), kind="stable")]
