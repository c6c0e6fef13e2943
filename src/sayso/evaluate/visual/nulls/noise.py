"""Noise in place of the picture, in one of two spaces.

In `normalised` space every number that the processor made is one from a normal distribution, mean 0 and variance 1; in `uint8` every pixel and channel of the
picture is a whole number 0 to 255, all equally likely, and goes through the processor.

Source: L2T uses a random-noise image (arXiv 2503.22215, visual contribution); its distribution is open in the paper, both are ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from numpy.typing import NDArray

from sayso.evaluate.noise import normal_noise
from sayso.evaluate.visual.nulls._bases import NullArrays, NullPictures
from sayso.evaluate.visual.nulls._protocol import null_images
from sayso.records import Sample, Verdict

if TYPE_CHECKING:
    from sayso.models.encode import Encoded

__all__ = ["Noise"]


class _Pictures(NullPictures):
    perturbation = "noise_image"


class _Arrays(NullArrays):
    def fill(self, array: NDArray[Any], *, seed: int) -> NDArray[Any]:
        """Normal numbers."""
        return normal_noise(array.shape, "null noise", seed).astype(array.dtype)


@null_images.register("noise")
@dataclass(frozen=True, kw_only=True)
class Noise:
    """Noise in `space`."""

    space: Literal["normalised", "uint8"] = "normalised"
    random: ClassVar[bool] = True

    def samples(self, samples: Sequence[Sample], *, seed: int, number: int) -> list[Sample | Verdict]:
        """As `NullImage.samples`."""
        return self._kind.samples(samples, seed=seed, number=number)

    def encoded(self, row: "Encoded", *, seed: int, number: int) -> "Encoded":
        """As `NullImage.encoded`."""
        return self._kind.encoded(row, seed=seed, number=number)

    @property
    def _kind(self) -> NullArrays | NullPictures:
        return _Arrays() if self.space == "normalised" else _Pictures()
