"""Which words a text uses: tf-idf of words or of pieces of words, hashed to a few hundred numbers. No model, no training, a second for thousands of texts.

Every n-gram falls into one of 2^18 buckets, which are counted; log counts times inverse document frequencies (as Spärck Jones 1972, smoothed) are then
added up in `dimensions` numbers with a sign of each bucket's own, which keeps inner products up to about one over the square root
of the dimensions (Charikar, Chen and Farach-Colton 2004; Weinberger et al. 2009). Frequencies are those of the pool, so that vectors of two
pools are not to be compared.
"""

import dataclasses
from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Annotated, Literal

import numpy as np
from pydantic import Field as Bounded

from sayso.data.features._protocol import Vectors, featurisers
from sayso.data.features._texts import Field, said, unit_rows
from sayso.data.scorers import Scoring
from sayso.data.scorers._protocol import Floats
from sayso.errors import ConfigError
from sayso.instructions.filters.wording import words
from sayso.records import Sample

__all__ = ["LexicalFeaturiser"]

BUCKETS = 1 << 18
MOST_KEPT = 1 << 20
"""N-grams whose buckets are remembered."""


@featurisers.register("lexical")
@dataclasses.dataclass(kw_only=True)
class LexicalFeaturiser:
    """Hashed tf-idf of n-grams of `of`, from `shortest` to `longest`; a sample without any has no vector.

    Raises:
        ConfigError: `shortest` is over `longest`.
    """

    field: Field = "both"
    """`instruction`, `response` or `both`."""
    of: Literal["words", "characters"] = "words"
    shortest: Annotated[int, Bounded(ge=1)] = 1
    longest: Annotated[int, Bounded(ge=1)] = 2
    dimensions: Annotated[int, Bounded(ge=2)] = 512
    _buckets: dict[str, int] = dataclasses.field(init=False, repr=False)

    per_row = False
    reads_trained = False
    reads_target = False

    def __post_init__(self) -> None:
        self._buckets = {}
        if self.shortest > self.longest:
            raise ConfigError(f"feature 'lexical': shortest {self.shortest} is over longest {self.longest}; swap them")

    def features(self, samples: Sequence[Sample], *, scoring: Scoring) -> Vectors:
        """Unit vectors, (N, dimensions)."""
        counted = [self._count(said(sample, self.field)) for sample in samples]
        frequencies = np.zeros(BUCKETS)
        for buckets, _ in counted:
            frequencies[buckets] += 1
        weights = np.log((1 + len(counted)) / (1 + frequencies)) + 1
        places, signs = _projection(self.dimensions)
        found = np.zeros((len(counted), self.dimensions), dtype=np.float32)
        for row, (buckets, counts) in enumerate(counted):
            values = (1 + np.log(counts)) * weights[buckets] * signs[buckets]
            found[row] = np.bincount(places[buckets], weights=values, minlength=self.dimensions)
        return unit_rows(found)

    def _count(self, text: str) -> tuple["np.ndarray[tuple[int], np.dtype[np.int32]]", Floats]:
        """The buckets that a text's n-grams fall into, and how often."""
        counts = Counter(map(self._bucket, self._grams(text)))
        buckets = np.array(sorted(counts), dtype=np.int32)
        return buckets, np.array([counts[bucket] for bucket in buckets.tolist()], dtype=np.float64)

    def _grams(self, text: str) -> Iterator[str]:
        units = words(text) if self.of == "words" else tuple(" ".join(text.lower().split()))
        between = " " if self.of == "words" else ""
        for length in range(self.shortest, self.longest + 1):
            for start in range(len(units) - length + 1):
                yield between.join(units[start : start + length])

    def _bucket(self, gram: str) -> int:
        if gram not in self._buckets:
            if len(self._buckets) >= MOST_KEPT:
                self._buckets.clear()
            digest = blake2b(gram.encode("utf-8", "surrogatepass"), digest_size=4).digest()
            self._buckets[gram] = int.from_bytes(digest, "big") % BUCKETS
        return self._buckets[gram]


def _projection(dimensions: int) -> tuple["np.ndarray[tuple[int], np.dtype[np.int64]]", Floats]:
    """For each bucket the number that it is added to, and with which sign: a fixed mixing of its own number."""
    mixed = np.arange(BUCKETS, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    places = ((mixed >> np.uint64(1)) % np.uint64(dimensions)).astype(np.int64)
    return places, np.where(mixed & np.uint64(1), 1.0, -1.0)
