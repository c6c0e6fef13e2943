"""Saved as JPEG and opened again; `quality` is that of JPEG, 1 to 95."""

from dataclasses import dataclass
from io import BytesIO
from typing import ClassVar

from PIL import Image
from pydantic import Field

from sayso.evaluate.perturb._pictures import PictureEdit
from sayso.evaluate.perturb._protocol import perturbations

__all__ = ["ImageJpeg"]


@perturbations.register("image_jpeg")
@dataclass(frozen=True, kw_only=True)
class ImageJpeg(PictureEdit):
    """As pictures on the web are; its bits may differ between versions of the JPEG library."""

    name: ClassVar[str] = "image_jpeg"
    quality: float = Field(default=40, ge=1, le=95)

    def edit(self, image: Image.Image, *, seed: int) -> Image.Image:
        """The picture as JPEG gives it back."""
        del seed
        file = BytesIO()
        image.save(file, format="JPEG", quality=round(self.quality))
        return Image.open(file).convert("RGB")
