"""A picture of one colour, the mean of its own pixels: nothing is left to see."""

from dataclasses import dataclass
from typing import ClassVar

from PIL import Image

from sayso.evaluate.perturb._pictures import PictureEdit
from sayso.evaluate.perturb._protocol import perturbations
from sayso.evaluate.perturb.image_crop import mean_colour

__all__ = ["MeanColourImage"]


@perturbations.register("mean_colour_image")
@dataclass(frozen=True, kw_only=True)
class MeanColourImage(PictureEdit):
    """All of it in one colour."""

    name: ClassVar[str] = "mean_colour_image"

    def edit(self, image: Image.Image, *, seed: int) -> Image.Image:
        """The colour."""
        del seed
        return Image.new("RGB", image.size, mean_colour(image))
