"""Which rows of many may be alike, without comparing all with all: MinHash and banding (Broder 1997; Leskovec, Rajaraman and Ullman, chapter 3).

The least of a set's shingles under a random order is that of another set with the probability of their Jaccard similarity. `NUM_HASHES` such orders are
laid in bands of r; rows that agree in a whole band are candidates, and are compared in full by whoever asks. r is the largest for
which a pair 0.05 above the threshold is missed less than once in a thousand: what is lost is time, not pairs.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sayso.data.selectors._protocol import Ints
from sayso.data.selectors._shingles import Shingled, Words64, mixed
from sayso.seeds import derive

__all__ = ["Banding", "buckets", "chance_of_missing"]

NUM_HASHES = 128
MARGIN, MISSED = 0.05, 1e-3
PIECE = 1 << 15
"""Shingles that are hashed at once: they stay in the processor's cache."""


def chance_of_missing(similarity: float, *, bands: int, rows: int) -> float:
    """The probability that two sets of that Jaccard similarity agree in no band."""
    return float((1 - similarity**rows) ** bands)


@dataclass(frozen=True, slots=True)
class Banding:
    """`bands` of `rows` hashes."""

    bands: int
    rows: int

    @classmethod
    def of(cls, threshold: float) -> "Banding":
        """The one with the fewest candidates that finds what is above the threshold."""
        for rows in range(16, 1, -1):
            found = cls(bands=NUM_HASHES // rows, rows=rows)
            if chance_of_missing(min(1.0, threshold + MARGIN), bands=found.bands, rows=rows) < MISSED:
                return found
        return cls(bands=NUM_HASHES, rows=1)

    def codes(self, shingled: Shingled) -> npt.NDArray[np.uint32]:
        """A number of 32 bits for each band of each text, (bands, N); of a text without shingles all are 0."""
        count = len(shingled.ends) - 1
        full = np.flatnonzero(np.diff(shingled.ends))
        codes = np.zeros((self.bands, count), dtype=np.uint32)
        for some in _pieces(shingled.ends, full):
            first, last = shingled.ends[some[0]], shingled.ends[some[-1] + 1]
            values, starts = shingled.values[first:last], shingled.ends[some] - first
            turned, least = np.empty_like(values), np.empty(len(some), dtype=np.uint64)
            for band in range(self.bands):
                code = np.zeros(len(some), dtype=np.uint64)
                for row in range(self.rows):
                    np.multiply(values, _FACTORS[band * self.rows + row], out=turned)
                    np.minimum.reduceat(turned, starts, out=least)
                    code = mixed(code + least)
                codes[band, some] = np.maximum(code >> np.uint64(32), 1)
        return codes


def _factors() -> Words64:
    return np.array([derive("minhash", number) | 1 for number in range(NUM_HASHES)], dtype=np.uint64)


_FACTORS = _factors()


def _pieces(ends: npt.NDArray[np.int64], full: Ints) -> Iterator[Ints]:
    """Texts that have shingles, some PIECE of them at once."""
    if len(full):
        piece = (ends[full + 1] - 1) // PIECE
        yield from np.split(full, np.flatnonzero(np.diff(piece)) + 1)


def buckets(codes: Iterable[npt.NDArray[np.uint32]]) -> Iterator[tuple[Ints, Ints]]:
    """For each band the rows that share its code with another, ordered by code and then by row, and where each bucket begins among them.

    A code of 0 is shared with nobody.
    """
    for band in codes:
        packed = np.sort(band.astype(np.uint64) << np.uint64(32) | np.arange(len(band), dtype=np.uint64))
        values = packed >> np.uint64(32)
        alike = values[1:] == values[:-1]
        shared = np.zeros(len(packed), dtype=bool)
        shared[1:] |= alike
        shared[:-1] |= alike
        shared &= values > 0
        rows = (packed[shared] & np.uint64(0xFFFFFFFF)).astype(np.int64)
        starts = np.flatnonzero(np.diff(values[shared], prepend=np.uint64(0)))
        yield rows, starts.astype(np.int64)
