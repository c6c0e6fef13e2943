"""Noise in place of the picture: every channel of every pixel is a whole number 0 to 255, all equally likely."""

from dataclasses import dataclass
from typing import ClassVar

from PIL import Image

from sayso.evaluate.noise import pixel_noise
from sayso.evaluate.perturb._pictures import PictureEdit
from sayso.evaluate.perturb._protocol import perturbations

__all__ = ["NoiseImage"]


@perturbations.register("noise_image")
@dataclass(frozen=True, kw_only=True)
class NoiseImage(PictureEdit):
    """Nothing but noise."""

    name: ClassVar[str] = "noise_image"

    def edit(self, image: Image.Image, *, seed: int) -> Image.Image:
        """Noise of the same size."""
        return Image.fromarray(pixel_noise((image.height, image.width, 3), "noise_image", seed))
