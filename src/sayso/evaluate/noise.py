"""Arrays of chance that are a function of names, equal on every machine: what `sayso.seeds.Stream` gives one by one, many at once."""

import math

import numpy as np
import numpy.typing as npt

from sayso.evaluate.sensitivity import Floats
from sayso.seeds import derive

__all__ = ["normal_noise", "pixel_noise", "random_words"]

GAMMA = np.uint64(0x9E3779B97F4A7C15)
Words = npt.NDArray[np.uint64]


def random_words(count: int, *names: object) -> Words:
    """(count,) random 64-bit words, those of `Stream(*names)` in order."""
    with np.errstate(over="ignore"):
        return _mix(np.uint64(derive(*names)) + GAMMA * np.arange(1, count + 1, dtype=np.uint64))


def pixel_noise(shape: tuple[int, ...], *names: object) -> npt.NDArray[np.uint8]:
    """Whole numbers 0 to 255, all equally likely."""
    return (random_words(math.prod(shape), *names) >> np.uint64(56)).astype(np.uint8).reshape(shape)


def normal_noise(shape: tuple[int, ...], *names: object) -> Floats:
    """Normal numbers of mean 0 and variance 1, by the transform of Box and Muller (1958)."""
    count = math.prod(shape)
    first, second = random_words(2 * count, *names).reshape(2, count)
    radius = np.sqrt(-2.0 * np.log1p(-_unit(first)))
    return np.asarray((radius * np.cos(2.0 * np.pi * _unit(second))).reshape(shape))


def _unit(words: Words) -> Floats:
    """Numbers in [0, 1)."""
    return (words >> np.uint64(11)).astype(np.float64) / float(1 << 53)


def _mix(state: Words) -> Words:
    """SplitMix64's output function on an array, as in sayso.seeds."""
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))
