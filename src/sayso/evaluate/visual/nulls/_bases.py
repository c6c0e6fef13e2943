"""The two kinds of null: other pictures before the processor, other numbers behind it."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from numpy.typing import NDArray

from sayso.evaluate.perturb import perturbations
from sayso.records import Sample, Verdict
from sayso.seeds import derive

if TYPE_CHECKING:
    from sayso.models.encode import Encoded

__all__ = ["NO_PICTURE", "NullArrays", "NullPictures"]

NO_PICTURE = Verdict(keep=False, reason="no picture")


class NullPictures(ABC):
    """Pictures changed by a perturbation of that name."""

    random: ClassVar[bool] = False
    perturbation: ClassVar[str]

    def samples(self, samples: Sequence[Sample], *, seed: int, number: int) -> list[Sample | Verdict]:
        """The samples with changed pictures."""
        change = perturbations.build(self.perturbation, {})
        return change.apply(samples, seed=derive(seed, "null", number))

    def encoded(self, row: "Encoded", *, seed: int, number: int) -> "Encoded":
        """The row."""
        del seed, number
        return row


class NullArrays(ABC):
    """Pixel arrays, as the processor normalised them, replaced by others of their shape."""

    random: ClassVar[bool] = False

    def samples(self, samples: Sequence[Sample], *, seed: int, number: int) -> list[Sample | Verdict]:
        """The samples, as far as they have pictures."""
        del seed, number
        return [one if one.media else NO_PICTURE for one in samples]

    def encoded(self, row: "Encoded", *, seed: int, number: int) -> "Encoded":
        """The row with other numbers for pixels; masks and sizes stay."""
        arrays = {
            name: self.fill(array, seed=derive(seed, "null", row.example, name, number)) if _are_pixels(name) else array
            for name, array in row.arrays.items()
        }
        return replace(row, arrays=arrays)

    @abstractmethod
    def fill(self, array: NDArray[Any], *, seed: int) -> NDArray[Any]:
        """An array of the same shape and type."""


def _are_pixels(name: str) -> bool:
    return name.startswith("pixel_values")
