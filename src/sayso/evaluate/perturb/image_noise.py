"""Normal noise on every pixel and channel; `sigma` is its standard deviation, as a share of the range of values."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from PIL import Image
from pydantic import Field

from sayso.evaluate.noise import normal_noise
from sayso.evaluate.perturb._pictures import PictureEdit
from sayso.evaluate.perturb._protocol import perturbations

__all__ = ["ImageNoise"]


@perturbations.register("image_noise")
@dataclass(frozen=True, kw_only=True)
class ImageNoise(PictureEdit):
    """At 0.1 people hardly mind."""

    name: ClassVar[str] = "image_noise"
    sigma: float = Field(default=0.1, gt=0)

    def edit(self, image: Image.Image, *, seed: int) -> Image.Image:
        """The picture with noise."""
        pixels = np.asarray(image, dtype=np.float64)
        noisy = pixels + 255.0 * self.sigma * normal_noise(pixels.shape, "image_noise", seed)
        return Image.fromarray(np.clip(np.rint(noisy), 0, 255).astype(np.uint8))
