"""Every value of every pixel times `factor`, cut off at white."""

from dataclasses import dataclass
from typing import ClassVar

from PIL import Image, ImageEnhance
from pydantic import Field

from sayso.evaluate.perturb._pictures import PictureEdit
from sayso.evaluate.perturb._protocol import perturbations

__all__ = ["ImageBrightness"]


@perturbations.register("image_brightness")
@dataclass(frozen=True, kw_only=True)
class ImageBrightness(PictureEdit):
    """Darker below 1, brighter above."""

    name: ClassVar[str] = "image_brightness"
    factor: float = Field(default=0.7, gt=0)

    def edit(self, image: Image.Image, *, seed: int) -> Image.Image:
        """The picture in another light."""
        del seed
        return ImageEnhance.Brightness(image).enhance(self.factor)
