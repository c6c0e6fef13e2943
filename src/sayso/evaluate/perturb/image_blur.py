"""Gaussian blur; `radius` is its standard deviation, as a share of the picture's longer side."""

from dataclasses import dataclass
from typing import ClassVar

from PIL import Image, ImageFilter
from pydantic import Field

from sayso.evaluate.perturb._pictures import PictureEdit
from sayso.evaluate.perturb._protocol import perturbations

__all__ = ["ImageBlur"]


@perturbations.register("image_blur")
@dataclass(frozen=True, kw_only=True)
class ImageBlur(PictureEdit):
    """Out of focus."""

    name: ClassVar[str] = "image_blur"
    radius: float = Field(default=0.01, gt=0)

    def edit(self, image: Image.Image, *, seed: int) -> Image.Image:
        """The picture blurred."""
        del seed
        return image.filter(ImageFilter.GaussianBlur(self.radius * max(image.size)))
