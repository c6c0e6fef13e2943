"""Changing what a picture shows, pixel by pixel: its size stays, so boxes keep their meaning.

A changed picture is a reference, `edited:blur?...`, that is drawn when somebody looks: nothing is kept, and the same reference gives the same pixels
anywhere. A picture that came as bytes is changed at once.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from typing import ClassVar
from urllib.parse import parse_qsl, urlencode

from msgspec.structs import replace
from PIL import Image

from sayso.errors import DataError
from sayso.evaluate.perturb._protocol import perturbations
from sayso.records import Media, Sample, Verdict
from sayso.seeds import derive
from sayso.sources import draws, load_image, png_bytes

__all__ = ["PictureEdit"]

NO_IMAGE = Verdict(keep=False, reason="no image to change")


class PictureEdit(ABC):
    """A perturbation of pixels; its subclasses are dataclasses whose fields are its options, numbers all."""

    name: ClassVar[str]

    @abstractmethod
    def edit(self, image: Image.Image, *, seed: int) -> Image.Image:
        """The picture changed, RGB in the same size; chance is a function of `seed`."""

    def apply(self, samples: Sequence[Sample], *, seed: int) -> list[Sample | Verdict]:
        """The samples with changed pictures; one picture changes alike wherever it comes."""
        return [
            replace(one, media=tuple(self._changed(medium, seed) for medium in one.media)) if one.media else NO_IMAGE
            for one in samples
        ]

    def _changed(self, medium: Media, seed: int) -> Media:
        if medium.data is not None:
            return _at_once(self, medium, derive(seed, self.name, medium.data))
        options = {name: str(value) for name, value in asdict(self).items()}  # type: ignore[call-overload]
        asked = urlencode({"seed": derive(seed, self.name, medium.path), **options, "of": medium.path})
        return replace(medium, path=f"edited:{self.name}?{asked}", width=medium.width, height=medium.height)


@lru_cache(maxsize=64)
def _at_once(edit: PictureEdit, medium: Media, seed: int) -> Media:
    return replace(medium, data=png_bytes(edit.edit(load_image(medium), seed=seed)))


@draws("edited")
def _draw(reference: str) -> Image.Image:
    name, _, asked = reference.removeprefix("edited:").partition("?")
    options = dict(parse_qsl(asked, keep_blank_values=True))
    edit = perturbations.build(name, {key: float(value) for key, value in options.items() if key not in {"seed", "of"}})
    if not isinstance(edit, PictureEdit):
        raise DataError(f"cannot draw {reference!r}: {name!r} changes no pixels")
    return edit.edit(load_image(Media(path=options["of"], width=0, height=0)), seed=int(options["seed"]))
