"""Long gradients made short so that their inner products stay: E<Sx, Sy> = <x, y>, with a standard deviation of about 1 / sqrt(d) for unit vectors.

`sketch` is a CountSketch (Charikar, Chen and Farach-Colton 2002): every coordinate is added to one of d places with a sign of its own. Here the coordinates are
dealt out in blocks of d, each block turned by a random number of places: two coordinates of one block never meet, two of different ones with probability
1 / d, so that the variance is at most that of independent places, and all of it is additions of whole rows. `rademacher` multiplies with a dense matrix of signs, as LESS does; it costs d
multiplications a coordinate in place of one addition. Signs come from SplitMix64 of the seed and a coordinate's number: nothing is stored, and any machine
has the same. A vector that is no longer than d is left as it is.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Protocol, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from sayso.errors import ConfigError
from sayso.seeds import derive

__all__ = ["Kind", "project_by", "Projection"]

Kind: TypeAlias = Literal["sketch", "rademacher", "none"]
_GOLDEN, _FIRST, _SECOND = (np.uint64(n) for n in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))
_BLOCK = 1024  # coordinates that the dense matrix is made for at a time
_WIDE = 8192  # where fewer dimensions are wanted, long vectors are sketched to so many first: thousands of small blocks would be slow


class Projection(Protocol):
    """Rows of P numbers -> rows of `dimensions` numbers."""

    @property
    def dimensions(self) -> int:
        """How long a row is afterwards."""
        ...

    def project(self, gradients: torch.Tensor) -> torch.Tensor:
        """(B, P) -> (B, dimensions), float32."""
        ...


def project_by(kind: Kind, *, num_weights: int, dimensions: int, seed: int) -> Projection:
    """The projection of that kind; none where the vectors are short already.

    Raises:
        ConfigError: no such number of dimensions.
    """
    if dimensions < 1:
        raise ConfigError(f"dimensions is {dimensions}; give 1 or more, such as 8192")
    if kind == "none" or num_weights <= dimensions:
        return Whole(dimensions=num_weights)
    if kind == "sketch" and dimensions < _WIDE // 4 and num_weights > 2 * _WIDE:
        wide = Sketch(num_weights=num_weights, dimensions=_WIDE, seed=seed)
        return Chained(wide=wide, narrow=Sketch(num_weights=_WIDE, dimensions=dimensions, seed=derive(seed, "narrow")))
    made = Sketch if kind == "sketch" else Rademacher
    return made(num_weights=num_weights, dimensions=dimensions, seed=seed)


@dataclass(frozen=True, kw_only=True)
class Whole:
    """Leaves them as they are."""

    dimensions: int

    def project(self, gradients: torch.Tensor) -> torch.Tensor:
        """(B, P) -> (B, P)."""
        return gradients.float()


@dataclass(frozen=True, kw_only=True)
class Sketch:
    """CountSketch by turned blocks."""

    num_weights: int
    dimensions: int
    seed: int

    def project(self, gradients: torch.Tensor) -> torch.Tensor:
        """(B, P) -> (B, d): each block with its signs, turned, added up."""
        d = self.dimensions
        out = gradients.new_zeros(len(gradients), d, dtype=torch.float32)
        signs = self._on(gradients.device)
        for number, turn in enumerate(self._turns.tolist()):
            part = slice(number * d, (number + 1) * d)
            block = gradients[:, part].float() * signs[part]
            head = block[:, : d - turn]
            out[:, turn : turn + head.shape[1]] += head
            rest = block[:, d - turn :]
            out[:, : rest.shape[1]] += rest
        return out

    def _on(self, device: torch.device) -> torch.Tensor:
        """The signs, (P,) int8, where they are needed."""
        if device not in self._held:
            signs = _signs(self.num_weights, start=0, seed=derive(self.seed, "projection signs"))
            self._held[device] = torch.from_numpy(signs).to(device)
        return self._held[device]

    @cached_property
    def _held(self) -> dict[torch.device, torch.Tensor]:
        return {}

    @cached_property
    def _turns(self) -> NDArray[np.int64]:
        """How far each block is turned, in [0, d)."""
        count = -(-self.num_weights // self.dimensions)
        words = _words(count, start=0, seed=derive(self.seed, "projection turns"))
        return (words % np.uint64(self.dimensions)).astype(np.int64)


@dataclass(frozen=True, kw_only=True)
class Chained:
    """Two sketches one after the other, which is a sketch again: places meet with probability 1 / d + 1 / 8192 at most."""

    wide: Sketch
    narrow: Sketch

    @property
    def dimensions(self) -> int:
        """Of the second."""
        return self.narrow.dimensions

    def project(self, gradients: torch.Tensor) -> torch.Tensor:
        """(B, P) -> (B, d)."""
        return self.narrow.project(self.wide.project(gradients))


@dataclass(frozen=True, kw_only=True)
class Rademacher:
    """A dense matrix of signs over sqrt(d), made anew block by block."""

    num_weights: int
    dimensions: int
    seed: int

    def project(self, gradients: torch.Tensor) -> torch.Tensor:
        """(B, P) -> (B, d)."""
        d, seed = self.dimensions, derive(self.seed, "projection signs")
        out = gradients.new_zeros(len(gradients), d, dtype=torch.float32)
        for start in range(0, self.num_weights, _BLOCK):
            block = gradients[:, start : start + _BLOCK].float()
            signs = _signs(block.shape[1] * d, start=start * d, seed=seed).reshape(-1, d)
            out += block @ torch.from_numpy(signs).to(block.device).float()
        return out.div_(d**0.5)


def _signs(count: int, *, start: int, seed: int) -> NDArray[np.int8]:
    """Signs number `start` to `start + count` of a seed: the bits of its words."""
    first, last = start // 64, -(-(start + count) // 64)
    bits = np.unpackbits(_words(last - first, start=first, seed=seed).astype("<u8").view(np.uint8), bitorder="little")
    return bits[start - first * 64 :][:count].astype(np.int8) * 2 - 1


def _words(count: int, *, start: int, seed: int) -> NDArray[np.uint64]:
    """SplitMix64's words number `start` to `start + count` of a seed."""
    with np.errstate(over="ignore"):
        state = np.uint64(seed) + np.arange(start + 1, start + count + 1, dtype=np.uint64) * _GOLDEN
        state = (state ^ (state >> np.uint64(30))) * _FIRST
        state = (state ^ (state >> np.uint64(27))) * _SECOND
    mixed: NDArray[np.uint64] = state ^ (state >> np.uint64(31))
    return mixed
