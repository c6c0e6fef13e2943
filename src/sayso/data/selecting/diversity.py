"""How diverse a set of samples is, in numbers: of its vectors, and of its texts. For a report before and after a choice.

No one number is diversity. LDD sees the volume that vectors span, the Vendi score how many different ones there seem to be, the
similarity of nearest neighbours how many copies, and distinct n-grams repeated wordings. All but the similarity of neighbours depend on
the size of a set: numbers of two sets are comparable where both are of one size, so each function takes a random part of `most` rows of a larger one.
"""

from collections.abc import Iterable, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from sayso.data.scorers._protocol import Floats
from sayso.data.selectors._kernels import Kernel, likeness
from sayso.data.selectors._protocol import Ints
from sayso.data.selectors._vectors import blocks, on_grid, unit
from sayso.instructions.filters.wording import words
from sayso.seeds import Permutation, derive

__all__ = ["distinct_ngrams", "log_determinant_distance", "neighbour_similarity", "sphere", "vendi_score"]

Words: TypeAlias = tuple[str, ...]
JITTER = 1e-5


def log_determinant_distance(
    vectors: npt.ArrayLike, *, kernel: Kernel = "rbf", jitter: float = JITTER, most: int = 1000, seed: int = 0
) -> float:
    """LDD of M vectors, (M, d): how much less volume they span than as many uniform on the sphere; smaller is more diverse (Wang et al. 2024).

    (log det S_sphere - log det S_data) / M with one kernel for both and `jitter` on both diagonals; NaN of no vectors. Rows of zeros do not count. How large M is
    there and how wide the kernel is open in the paper as we have it; `most` and the kernel's width are ours.
    """
    own = _part(vectors, most=most, seed=seed)
    if not len(own):
        return float("nan")
    reference = sphere(len(own), own.shape[1], seed=seed)
    return (_logdet(reference, kernel, jitter) - _logdet(own, kernel, jitter)) / len(own)


def vendi_score(vectors: npt.ArrayLike, *, most: int = 1000, seed: int = 0) -> float:
    """How many different vectors there seem to be, from 1 (all alike) to their number or dimension (Friedman and Dieng 2023); NaN of none.

    The exponential of the entropy of the eigenvalues of their cosines over M.
    """
    own = _part(vectors, most=most, seed=seed)
    if not len(own):
        return float("nan")
    small = own.T @ own if own.shape[1] < len(own) else own @ own.T
    values = np.linalg.eigvalsh(small / len(own))
    values = values[values > 1e-12]
    return float(np.exp(-(values * np.log(values)).sum()))


def neighbour_similarity(vectors: npt.ArrayLike, *, most: int = 2000, seed: int = 0) -> float:
    """The mean cosine of a vector to the nearest other one of the whole set, over `most` of them by chance; NaN of fewer than two."""
    all_rows = unit(vectors)
    own = on_grid(all_rows[all_rows.any(axis=1)])
    if len(own) < 2:
        return float("nan")
    rows = _some(len(own), most=most, seed=seed)
    nearest = np.full(len(rows), -np.inf, dtype=np.float32)
    for some in blocks(len(own)):
        cosines = own[rows] @ own[some].T
        cosines[rows[:, None] == np.arange(some.start, some.stop)] = -np.inf
        np.maximum(nearest, cosines.max(axis=1), out=nearest)
    return float(nearest.mean(dtype=np.float64))


def distinct_ngrams(texts: Sequence[str], *, length: int = 2, most: int = 10_000, seed: int = 0) -> float:
    """The share of different n-grams of words among all of a set's (Li et al. 2016); NaN where there is none.

    It falls with the size of a set, whatever is in it: compare sets of one size.
    """
    total = 0
    different: set[Words] = set()
    for row in _some(len(texts), most=most, seed=seed).tolist():
        found = list(_ngrams(words(texts[row]), length))
        total += len(found)
        different.update(found)
    return len(different) / total if total else float("nan")


def sphere(count: int, dimensions: int, *, seed: int) -> Floats:
    """Points uniform on the unit sphere, (count, dimensions), from the seed alone: normal numbers (Box and Muller 1958), made one long."""
    pairs = (count * dimensions + 1) // 2
    state = np.uint64(derive("sphere", seed)) + np.arange(1, 2 * pairs + 1, dtype=np.uint64) * np.uint64(
        0x9E3779B97F4A7C15
    )
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    drawn = ((state ^ (state >> np.uint64(31))) >> np.uint64(11)).astype(np.float64) / (1 << 53)
    radius, angle = np.sqrt(-2 * np.log1p(-drawn[:pairs])), 2 * np.pi * drawn[pairs:]
    normal = np.concatenate([radius * np.cos(angle), radius * np.sin(angle)])
    return unit(normal[: count * dimensions].reshape(count, dimensions))


def _part(vectors: npt.ArrayLike, *, most: int, seed: int) -> Floats:
    """At most so many of the vectors that are not zero, in their order."""
    given = np.asarray(vectors)
    given = given[np.any(given, axis=1)]
    return unit(given[np.sort(_some(len(given), most=most, seed=seed))])


def _some(size: int, *, most: int, seed: int) -> Ints:
    order = Permutation(size, "diversity", seed)
    return np.array([order[place] for place in range(min(size, most))], dtype=np.int64)


def _logdet(vectors: Floats, kernel: Kernel, jitter: float) -> float:
    own = likeness(vectors, vectors, kernel=kernel)
    own[np.diag_indices_from(own)] = 1 + jitter
    return float(np.linalg.slogdet(own)[1])


def _ngrams(found: Words, length: int) -> Iterable[Words]:
    return (found[start : start + length] for start in range(len(found) - length + 1))
