"""What the candidates of one parent say about one another: one that uses words which its siblings do not is suspicious.

Most rewordings of an instruction are right, so their common words are its subject, whatever words the parent chose; and most
that go wrong do so each in a way of its own. Every number leaves the candidate itself out.
"""

import math
import zlib
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from sayso.instructions.filters.meaning.reading import read, stem

__all__ = ["FEWEST", "nearness", "sibling_clues"]

FEWEST = 12
"""So many candidates a parent needs before they are asked about one another."""
_MOST_COMPARED = 2000
_DIMENSIONS = 4096
_NEAREST = (10, 30)
_FLOOR = 0.01
Vectors = npt.NDArray[np.float32]


def sibling_clues(candidates: Sequence[str]) -> list[dict[str, float]]:
    """For each candidate of one parent its clues; higher is more doubtful."""
    grams = [_grams(text) for text in candidates]
    words = Counter(word for one, _ in grams for word in one)
    pairs = Counter(pair for _, some in grams for pair in some)
    near = nearness(_vectors(grams, words + pairs))
    others = max(1, len(candidates) - 1)
    shared = frozenset(word for word, count in words.items() if count > 0.6 * len(candidates))
    return [
        {
            **_rarity(grams[i], words, pairs, others),
            "sibling_content": _mean([_surprise(words.get(root, 1), others) for root in read(text).content]),
            "sibling_lost": len(shared - grams[i][0]) / max(1, len(shared)),
            **{f"sibling_far_{k}": 1 - float(near[i, j]) for j, k in enumerate(_NEAREST)},
        }
        for i, text in enumerate(candidates)
    ]


def _grams(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """Stems, and pairs of neighbouring stems."""
    roots = [word if word.startswith("{") else stem(word) for word in read(text).tokens]
    return frozenset(roots), frozenset(f"{one} {two}" for one, two in pairwise(roots))


def _rarity(
    grams: tuple[frozenset[str], frozenset[str]], words: Counter[str], pairs: Counter[str], others: int
) -> dict[str, float]:
    surprises = sorted(_surprise(words[word], others) for word in grams[0])
    return {
        "sibling_rare": _mean(surprises),
        "sibling_rarest": _mean(surprises[-3:]),
        "sibling_rare_pairs": _mean([_surprise(pairs[pair], others) for pair in sorted(grams[1])]),
    }


def _surprise(count: int, others: int) -> float:
    return -math.log((count - 1) / others + _FLOOR)


def _mean(numbers: Sequence[float]) -> float:
    return math.fsum(numbers) / len(numbers) if numbers else 0.0


def _vectors(grams: Sequence[tuple[frozenset[str], frozenset[str]]], counts: Counter[str]) -> Vectors:
    """Unit vectors of stems and pairs, hashed, the rarer the heavier."""
    made = np.zeros((len(grams), _DIMENSIONS), dtype=np.float32)
    for row, some in enumerate(grams):
        for gram in sorted(some[0] | some[1]):
            made[row, zlib.crc32(gram.encode()) % _DIMENSIONS] += math.log(len(grams) / counts[gram]) + 0.1
    made /= np.maximum(np.linalg.norm(made, axis=1, keepdims=True), 1e-6)
    return made


def nearness(vectors: Vectors) -> Vectors:
    """Mean cosine of each row to its 10 and its 30 nearest others, of at most 2,000 spread evenly."""
    compared = np.unique(np.linspace(0, len(vectors) - 1, min(len(vectors), _MOST_COMPARED)).astype(int))
    found = np.zeros((len(vectors), len(_NEAREST)), dtype=np.float32)
    if len(vectors) < 2:
        return found
    for start in range(0, len(vectors), 512):
        rows = np.arange(start, min(start + 512, len(vectors)))
        cosines = vectors[rows] @ vectors[compared].T
        cosines[rows[:, None] == compared[None, :]] = -2
        cosines = -np.sort(-cosines, axis=1)[:, : len(compared) - 1]
        for column, k in enumerate(_NEAREST):
            found[rows, column] = cosines[:, :k].mean(axis=1)
    return found
