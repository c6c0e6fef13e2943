"""The border of a picture cut away: what is left stays in its place, and the border is filled with the picture's mean colour, so that boxes keep their meaning.

`keep` is the share of width and of height that stays.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from PIL import Image
from pydantic import Field

from sayso.evaluate.perturb._pictures import PictureEdit
from sayso.evaluate.perturb._protocol import perturbations

__all__ = ["ImageCrop", "mean_colour"]


@perturbations.register("image_crop")
@dataclass(frozen=True, kw_only=True)
class ImageCrop(PictureEdit):
    """The middle of the picture."""

    name: ClassVar[str] = "image_crop"
    keep: float = Field(default=0.9, gt=0, lt=1)

    def edit(self, image: Image.Image, *, seed: int) -> Image.Image:
        """The picture without its border."""
        del seed
        wide, high = (round(side * (1 - self.keep) / 2) for side in image.size)
        box = (wide, high, image.width - wide, image.height - high)
        out = Image.new("RGB", image.size, mean_colour(image))
        out.paste(image.crop(box), box[:2])
        return out


def mean_colour(image: Image.Image) -> tuple[int, int, int]:
    """The mean of each channel over all pixels, rounded."""
    red, green, blue = np.rint(np.asarray(image, dtype=np.float64).mean(axis=(0, 1))).astype(int).tolist()
    return red, green, blue
