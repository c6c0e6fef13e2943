"""Vectors of a pool on a grid, so that cosines are exact numbers and the same in blocks, in any order and on every machine.

Matrix products differ in their last digits from machine to machine and with the size of the block, and a greedy choice can hang on the
last digit, as it does wherever a pool holds one text twice. So components are rounded to multiples of 1/2048. A product of two is a multiple of
2^-22, and no partial sum of an inner product of unit vectors exceeds 2 (Cauchy and Schwarz), so that each fits the 24 bits of a 32-bit
float: nothing is ever rounded, whatever the order of summation. Cosines move by some 0.0002, far below what an encoder means by them.
Their sums over a pool are exact in 64 bits up to 2^29 rows. What is not a sum of cosines (kernels, logarithms) takes `unit` vectors.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sayso.config import PluginConfig
from sayso.data.features._protocol import Vectors
from sayso.data.scorers._protocol import Floats
from sayso.data.selectors._columns import free_rows
from sayso.data.selectors._protocol import Ints, Pool
from sayso.errors import ConfigError

__all__ = [
    "blocks",
    "Directions",
    "featured",
    "Featured",
    "nearest",
    "on_grid",
    "products",
    "ROUNDED",
    "SENTENCE",
    "unit",
]

GRID = 2048
BLOCK = 4096
"""Rows of a pool that are compared at once: blocks are a few megabytes, whatever the pool."""
ROUNDED = 1e-6
"""How far a cosine of `Directions` may be from the true one of its vectors."""
SENTENCE = PluginConfig(name="sentence")


@dataclass(frozen=True, kw_only=True)
class Featured:
    """What a selector compares: `vectors` as given, (N, d), `known` rows that have one, `rows` that can be chosen, and why others cannot.

    `chosen` are the rows that were chosen before and have one: zeros would be as near to everything as no vector is.
    """

    vectors: npt.NDArray[np.floating]
    rows: Ints
    known: Ints
    chosen: Ints
    why: dict[int, str]

    def exact(self) -> Vectors:
        """The vectors with length 1 (or 0) and on the grid, (N, d)."""
        found = np.empty(self.vectors.shape, dtype=np.float32)
        for some in blocks(len(found)):
            found[some] = on_grid(unit(self.vectors[some]))
        return found


def featured(pool: Pool, config: PluginConfig) -> Featured:
    """The features of a pool by the featuriser of `config`; a row of zeros is a sample that has none and is not chosen.

    Raises:
        ConfigError: the featuriser gave another number of rows, or something that is no number.
    """
    vectors = np.asarray(pool.features(config))
    if vectors.ndim != 2 or len(vectors) != len(pool) or not np.isfinite(vectors).all():
        raise ConfigError(
            f"feature {config.name!r} gave an array of shape {vectors.shape} for {len(pool)} samples; it must give a row of finite numbers for each"
        )
    has = np.asarray(np.any(vectors, axis=1))
    rows = free_rows(pool)
    why = dict.fromkeys(rows[~has[rows]].tolist(), f"it has no feature {config.name!r}")
    chosen = pool.chosen[has[pool.chosen]]
    return Featured(vectors=vectors, rows=rows[has[rows]], known=np.flatnonzero(has), chosen=chosen, why=why)


class Directions:
    """Cosines of vectors on the grid, (N, d): their inner products over their lengths, which the grid makes other than 1 by up to 0.001.

    For thresholds, under which a copy has to be a copy; within `ROUNDED` of the true ones, and the same on every machine.
    """

    def __init__(self, vectors: Vectors) -> None:
        squares = np.einsum("nd,nd->n", vectors, vectors).astype(np.float64)
        self._vectors = vectors
        self._scales = (1 / np.sqrt(np.where(squares > 0, squares, 1.0))).astype(np.float32)

    def cosines(self, rows: Ints, others: Ints) -> npt.NDArray[np.float32]:
        """Of every one of `rows` with every one of `others`, (n, m)."""
        found = products(self._vectors[rows], self._vectors[others].T)
        found *= self._scales[rows][:, None]
        found *= self._scales[others]
        return found


def unit(vectors: npt.ArrayLike) -> Floats:
    """Rows of length 1, (N, d); rows of zeros stay."""
    wide = np.asarray(vectors, dtype=np.float64)
    lengths = np.sqrt(np.einsum("nd,nd->n", wide, wide))
    return wide / np.where(lengths > 0, lengths, 1.0)[:, None]


def on_grid(vectors: npt.ArrayLike) -> Vectors:
    """Vectors no longer than 1 with components rounded to multiples of 1/2048, (N, d); their inner products are exact."""
    return (np.rint(np.asarray(vectors, dtype=np.float64) * GRID) / GRID).astype(np.float32)


def blocks(size: int, *, of: int = BLOCK) -> Iterator[slice]:
    """Slices that cover `size` rows."""
    return (slice(start, min(start + of, size)) for start in range(0, size, of))


def products(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """A matrix product of finite numbers; floating-point flags that a kernel raises on lanes it throws away say nothing of the result."""
    with np.errstate(all="ignore"):
        return np.asarray(one @ other)


def nearest(vectors: Vectors, others: Vectors) -> npt.NDArray[np.float32]:
    """The largest inner product of each vector with any of the others, (N,); minus infinity where there are no others. Both are on the grid."""
    found = np.full(len(vectors), -np.inf, dtype=np.float32)
    for rows in blocks(len(vectors)):
        for columns in blocks(len(others)):
            np.maximum(found[rows], products(vectors[rows], others[columns].T).max(axis=1), out=found[rows])
    return found
