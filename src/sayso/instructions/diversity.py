"""How much the wordings of a pool differ from one another, in six numbers.

| figure | is | more different is |
|---|---|---|
| `distinct_1`, `_2`, `_3` | distinct n-grams over all n-grams of the pool (Li et al. 2016, arXiv:1510.03055) | higher |
| `self_bleu` | BLEU-4 of each wording against all others, averaged (Zhu et al. 2018, arXiv:1802.01886), in [0, 1] | lower |
| `token_distance` | 1 - Jaccard index of two wordings' sets of words, averaged over pairs | higher |
| `embedding_distance` | 1 - cosine of two wordings' embeddings, averaged over pairs | higher |

Words are those of `sayso.instructions.filters.wording.words`: case and punctuation do not count, and a slot is one word. BLEU is
that of a sentence as sacrebleu computes it: clipped counts, orders for which a wording is too short left out, a precision of
nought replaced by a half, a quarter ... of one match (`exp`), brevity against the reference nearest in length.

Every figure depends on how many wordings there are: compare pools at the same `max_wordings`, to which a larger pool is
sampled, always the same way. All but the token distance take time in proportion to the words. A pool of fewer than
two wordings has no pairs, and its figures are NaN.
"""

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from sayso.instructions.filters.wording import words
from sayso.seeds import Stream

__all__ = ["Diversity", "measure", "Words"]

Words = tuple[str, ...]
"""A wording as its words."""
Embed = Callable[[Sequence[str]], Any]
MAX_ORDER = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Diversity:
    """The figures of a pool; `num_measured` of its `num_wordings` were looked at. NaN: cannot be told."""

    num_wordings: int
    num_measured: int
    distinct_1: float
    distinct_2: float
    distinct_3: float
    self_bleu: float
    token_distance: float
    embedding_distance: float

    def as_json(self) -> dict[str, float | None]:
        """The figures by name, to four places; None for NaN."""
        return {name: None if math.isnan(value) else round(value, 4) for name, value in asdict(self).items()}


def measure(texts: Iterable[str], *, max_wordings: int = 1000, seed: int = 0, embed: Embed | None = None) -> Diversity:
    """The diversity of a pool of wordings.

    `embed` maps N texts to an array of N rows; without it the embedding distance is NaN.
    """
    every = list(texts)
    chosen = every if len(every) <= max_wordings else Stream(seed, "diversity", len(every)).sample(every, max_wordings)
    pool = [words(text) for text in chosen]
    return Diversity(
        num_wordings=len(every),
        num_measured=len(pool),
        distinct_1=_distinct(pool, 1),
        distinct_2=_distinct(pool, 2),
        distinct_3=_distinct(pool, 3),
        self_bleu=_self_bleu(pool),
        token_distance=_token_distance(pool),
        embedding_distance=_embedding_distance(embed(chosen)) if embed and len(chosen) > 1 else math.nan,
    )


def _ngrams(tokens: Words, order: int) -> Counter[Words]:
    return Counter(tokens[start : start + order] for start in range(len(tokens) - order + 1))


def _distinct(pool: Sequence[Words], order: int) -> float:
    counts = Counter[Words]()
    for tokens in pool:
        counts.update(_ngrams(tokens, order))
    return len(counts) / counts.total() if len(pool) > 1 and counts else math.nan


def _self_bleu(pool: Sequence[Words]) -> float:
    if len(pool) < 2:
        return math.nan
    matches = [_matches(pool, order) for order in range(1, MAX_ORDER + 1)]
    lengths = sorted(map(len, pool))
    scores = [
        _bleu(len(tokens), matches=[found[position] for found in matches], nearest=_nearest(lengths, len(tokens)))
        for position, tokens in enumerate(pool)
    ]
    return sum(scores) / len(scores)


def _matches(pool: Sequence[Words], order: int) -> list[int]:
    """For each wording, how many of its n-grams some other has, each counted as often as in the one that has most of it."""
    counts = [_ngrams(tokens, order) for tokens in pool]
    most: dict[Words, tuple[int, int]] = {}  # the two highest counts, so that a wording is never compared with itself
    for found in counts:
        for gram, count in found.items():
            first, second = most.get(gram, (0, 0))
            most[gram] = (count, first) if count > first else (first, max(second, count))
    return [sum(min(count, _others(most[gram], count)) for gram, count in found.items()) for found in counts]


def _others(most: tuple[int, int], own: int) -> int:
    """The highest count among the others: where one's own is the highest, the second."""
    first, second = most
    return second if own == first else first


def _nearest(lengths: Sequence[int], own: int) -> int:
    """Of the sorted lengths without one's own, the nearest to it; the shorter of two."""
    place = bisect_left(lengths, own)
    around = [lengths[other] for other in (place - 1, place + 1) if 0 <= other < len(lengths)]
    return min(around, key=lambda length: (abs(length - own), length))


def _bleu(num_words: int, *, matches: Sequence[int], nearest: int) -> float:
    if not any(matches):
        return 0.0
    logs, smoothing = [], 1.0
    for order, found in enumerate(matches, start=1):
        if (possible := num_words - order + 1) > 0:
            smoothing *= 1 if found else 2
            logs.append(math.log((found or 1 / smoothing) / possible))
    brevity = math.exp(1 - nearest / num_words) if num_words < nearest else 1.0
    return brevity * math.exp(sum(logs) / len(logs))


def _token_distance(pool: Sequence[Words]) -> float:
    if len(pool) < 2:
        return math.nan
    columns = {word: column for column, word in enumerate(dict.fromkeys(word for tokens in pool for word in tokens))}
    has = np.zeros((len(pool), len(columns)), dtype=np.float32)
    for row, tokens in enumerate(pool):
        has[row, [columns[word] for word in tokens]] = 1
    shared, sizes = has @ has.T, has.sum(axis=1)
    union = sizes[:, None] + sizes[None, :] - shared
    distance = 1 - np.divide(shared, union, out=np.ones_like(shared), where=union > 0)
    return _mean_of_pairs(float(distance.sum(dtype=np.float64)), len(pool))


def _embedding_distance(embeddings: Any) -> float:
    rows = np.asarray(embeddings, dtype=np.float64)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    unit = np.divide(rows, norms, out=np.zeros_like(rows), where=norms > 0)
    total = np.square(unit.sum(axis=0)).sum() - np.square(unit).sum()
    return 1 - _mean_of_pairs(float(total), len(rows))


def _mean_of_pairs(total: float, count: int) -> float:
    return total / (count * (count - 1))
