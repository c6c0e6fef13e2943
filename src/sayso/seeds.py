"""One seed, many named streams of chance, equal on every machine and library version.

`Stream(7, "options", example.id)` gives the same draws wherever and whenever it is made: a stream is a pure function of
its names, so nothing depends on the number of workers, on ranks or on the order in which things are asked. The generator
is SplitMix64 (Steele, Lea and Flood 2014), seeded with BLAKE2b of the names. `Permutation` gives the i-th element of a
random order of n things in constant time and memory, by a Feistel network with cycle walking (Black and Rogaway 2002).

Not for secrets.
"""

from collections.abc import MutableSequence, Sequence
from hashlib import blake2b
from typing import TypeVar

__all__ = ["derive", "Permutation", "Stream"]

MASK = (1 << 64) - 1
T = TypeVar("T")


def derive(*names: object) -> int:
    """A 64-bit seed that is a pure function of the names; `("a", 1)` and `("a1",)` differ."""
    text = "\x1f".join(f"{type(name).__name__}:{name}" for name in names)
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def mix(state: int) -> int:
    """SplitMix64's output function on one 64-bit word."""
    state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & MASK
    return state ^ (state >> 31)


class Stream:
    """Draws that depend on nothing but the names given."""

    def __init__(self, *names: object) -> None:
        self._state = derive(*names)

    def word(self) -> int:
        """The next 64 random bits."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & MASK
        return mix(self._state)

    def below(self, bound: int) -> int:
        """A whole number in [0, bound)."""
        if bound < 1:
            raise ValueError(f"below({bound}): the bound must be at least 1")
        return (self.word() * bound) >> 64

    def uniform(self, low: float = 0.0, high: float = 1.0) -> float:
        """A number in [low, high)."""
        return low + (high - low) * ((self.word() >> 11) / (1 << 53))

    def choice(self, items: Sequence[T]) -> T:
        """One of the items, each equally likely."""
        return items[self.below(len(items))]

    def weighted(self, items: Sequence[T], weights: Sequence[float]) -> T:
        """One of the items, in proportion to its weight."""
        mark = self.uniform(0.0, sum(weights))
        for item, weight in zip(items, weights, strict=True):
            mark -= weight
            if mark < 0:
                return item
        return items[-1]

    def shuffle(self, items: MutableSequence[T]) -> None:
        """Shuffle in place (Fisher-Yates)."""
        for last in range(len(items) - 1, 0, -1):
            other = self.below(last + 1)
            items[last], items[other] = items[other], items[last]

    def sample(self, items: Sequence[T], count: int) -> list[T]:
        """`count` different positions of `items`, in random order, in as many draws."""
        if count > len(items):
            raise ValueError(f"sample of {count} from {len(items)} items")
        pool = list(items)
        for place in range(count):  # only as many as are wanted: a picture may have hundreds of relations
            other = place + self.below(len(pool) - place)
            pool[place], pool[other] = pool[other], pool[place]
        return pool[:count]


class Permutation:
    """A random order of `range(size)` of which any element is computed on its own, in constant time and memory."""

    def __init__(self, size: int, *names: object) -> None:
        self.size = size
        self._half_bits = max(1, ((max(size, 2) - 1).bit_length() + 1) // 2)
        self._keys = tuple(derive("permutation", *names, turn) for turn in range(4))

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, index: int) -> int:
        if not 0 <= index < self.size:
            raise IndexError(f"index {index} of a permutation of {self.size}")
        index = self._feistel(index)
        while index >= self.size:  # cycle walking: at most 4 tries on average, since the domain is under 4x size
            index = self._feistel(index)
        return index

    def _feistel(self, index: int) -> int:
        mask = (1 << self._half_bits) - 1
        left, right = index >> self._half_bits, index & mask
        for key in self._keys:
            left, right = right, left ^ (mix((right + key) & MASK) & mask)
        return (left << self._half_bits) | right
