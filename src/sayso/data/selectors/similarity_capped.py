"""The best first, and of what is like a kept one nothing: DEITA's choice (Liu et al. 2024), in its paper "Repr Filter".

Rows go by the column from best to worst; the first is kept, and each next one if its largest cosine to a kept one is at most `max_similarity`, until the
budget is full. The paper's number is 0.9, on hidden states of a 13-billion model; with sentence vectors near copies lie there too.
"""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field

from sayso.config import PluginConfig
from sayso.data.features._protocol import Vectors
from sayso.data.selectors._columns import Which, ranked
from sayso.data.selectors._greedy import Purse
from sayso.data.selectors._protocol import Budget, Ints, Picked, Pool, selectors
from sayso.data.selectors._vectors import ROUNDED, SENTENCE, Directions, blocks, featured

__all__ = ["SimilarityCappedSelector"]

ROWS = 256


@selectors.register("similarity_capped")
@dataclass(frozen=True, kw_only=True)
class SimilarityCappedSelector:
    """Keeps rows from best to worst that are like none that is kept; without a budget all such rows."""

    by: str
    """A column, or a product of columns such as `quality*complexity`."""
    max_similarity: Annotated[float, Field(ge=-1, le=1)] = 0.9
    keep: Which | None = None
    """`highest` or `lowest`; the column's own better end where None."""
    features: PluginConfig = SENTENCE

    def select(self, pool: Pool, *, budget: Budget) -> Picked:
        """Rows from best to worst with their values."""
        column = ranked(pool, self.by, keep=self.keep)
        found = featured(pool, self.features)
        vectors = found.exact()
        order = column.order(found.rows)
        rows, why = _apart(vectors, order, chosen=found.chosen, most=self.max_similarity, budget=budget)
        return Picked(rows=rows, by=self.by, scores=column.values[rows], why={**why, **found.why, **column.why})


def _apart(vectors: Vectors, order: Ints, *, chosen: Ints, most: float, budget: Budget) -> tuple[Ints, dict[int, str]]:
    """Rows of `order` that are like none before them, and why others are not among them."""
    kept: list[int] = chosen.tolist()
    why: dict[int, str] = {}
    purse = Purse(budget)
    directions = Directions(vectors)
    for some in blocks(len(order), of=ROWS):
        if purse.full:
            break
        rows = order[some]
        closest = _closest(directions, rows, np.array(kept, dtype=np.int64))
        among = directions.cosines(rows, rows)
        for place, row in enumerate(rows.tolist()):
            if closest[place] > most + ROUNDED:
                why[row] = f"its cosine to a kept sample is {closest[place]:.3f}, over {most:g}"
            elif purse.fits(rows[place : place + 1])[0]:
                kept.append(row)
                purse.pay(row)
                np.maximum(closest, among[place], out=closest, where=np.arange(len(rows)) > place)
    return np.array(kept[len(chosen) :], dtype=np.int64), why


def _closest(directions: Directions, rows: Ints, others: Ints) -> npt.NDArray[np.float32]:
    """The largest cosine of each row with any of the others, (n,); minus infinity where there are no others."""
    found = np.full(len(rows), -np.inf, dtype=np.float32)
    for some in blocks(len(others)):
        np.maximum(found, directions.cosines(rows, others[some]).max(axis=1), out=found)
    return found
