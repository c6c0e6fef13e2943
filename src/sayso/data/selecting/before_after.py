"""How diverse the rows were before a selection, and how diverse those are that it kept: measured on as many of each, drawn by the seed, since the numbers depend on how many there are.

Vectors are hashed tf-idf of words (`lexical`), which need no model and tell rows with the same words from rows with others; what a sentence
means they do not see.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from sayso.data.features import featurisers
from sayso.data.scorers import Scoring
from sayso.data.scorers._said import answer, asked
from sayso.data.selecting.diversity import (
    distinct_ngrams,
    log_determinant_distance,
    neighbour_similarity,
    vendi_score,
)
from sayso.data.selecting.rows import Rows
from sayso.data.selecting.samples import View
from sayso.data.selectors._protocol import Ints
from sayso.seeds import Permutation

__all__ = ["measure_diversity", "MOST"]

MOST = 1000
"""Rows that are measured, before and after."""
FEATURES = "lexical"
BY_VECTORS: Mapping[str, Callable[..., float]] = {
    "log-determinant distance, smaller is more diverse": log_determinant_distance,
    "Vendi score, higher is more diverse": vendi_score,
    "similarity of nearest neighbours, lower is more diverse": neighbour_similarity,
}
BY_TEXT = "different pairs of neighbouring words, higher is more diverse"

Pair = tuple[float | None, float | None]


def measure_diversity(rows: Rows, *, kept: Ints, scoring: Scoring) -> dict[str, Pair]:
    """Each measure of as many rows of the pool as of those that are kept, by its name; none where fewer than two are kept.

    Raises:
        DataError: a sample cannot be read.
    """
    size = min(len(kept), MOST)
    if size < 2:
        return {}
    parts = [_some(np.arange(len(rows)), size, scoring.seed), _some(kept, size, scoring.seed)]
    union = np.union1d(*parts)
    samples = View(rows.samples, union)
    vectors = featurisers.build(FEATURES, {}).features(samples, scoring=scoring)
    texts = [f"{asked(sample)}\n{answer(sample)}" for sample in samples]
    places = [np.searchsorted(union, part) for part in parts]
    found = {
        name: _pair([measure(vectors[some], most=size, seed=scoring.seed) for some in places])
        for name, measure in BY_VECTORS.items()
    }
    found[BY_TEXT] = _pair([distinct_ngrams([texts[row] for row in some.tolist()], most=size) for some in places])
    return found


def _some(rows: Ints, size: int, seed: int) -> Ints:
    order = Permutation(len(rows), "selection report", seed)
    return np.sort(rows[[order[place] for place in range(size)]])


def _pair(values: Sequence[float]) -> Pair:
    before, after = (None if np.isnan(value) else float(value) for value in values)
    return before, after
