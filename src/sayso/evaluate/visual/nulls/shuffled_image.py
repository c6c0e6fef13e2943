"""Another example's picture, brought to the size of the own one, so that it is as many tokens."""

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import parse_qsl, urlencode

from msgspec.structs import replace
from PIL import Image

from sayso.evaluate.perturb import perturbations
from sayso.evaluate.visual.nulls._bases import NO_PICTURE
from sayso.evaluate.visual.nulls._protocol import null_images
from sayso.records import Media, Sample, Verdict
from sayso.seeds import derive
from sayso.sources import draws, load_image

if TYPE_CHECKING:
    from sayso.models.encode import Encoded

__all__ = ["shuffled_image", "ShuffledImage"]


class ShuffledImage:
    """Pictures change places."""

    random: ClassVar[bool] = True

    def samples(self, samples: Sequence[Sample], *, seed: int, number: int) -> list[Sample | Verdict]:
        """The samples with pictures of others."""
        changed = perturbations.build("shuffled_images", {}).apply(samples, seed=derive(seed, "null", number))
        return [
            _fitted(other, one) if isinstance(other, Sample) else other
            for one, other in zip(samples, changed, strict=True)
        ]

    def encoded(self, row: "Encoded", *, seed: int, number: int) -> "Encoded":
        """The row."""
        del seed, number
        return row


def _fitted(sample: Sample, own: Sample) -> Sample | Verdict:
    if not own.media:
        return NO_PICTURE
    media = tuple(_resized(new, old) for new, old in zip(sample.media, own.media, strict=True))
    return replace(sample, media=media)


def _resized(new: Media, old: Media) -> Media:
    """Bytes are resized at once, files when somebody looks, so that not all of them are held."""
    size = (old.width, old.height)
    if (new.width, new.height) == size:
        return new
    if new.path is not None and new.data is None:
        asked = urlencode({"width": old.width, "height": old.height, "of": new.path})
        return Media(path=f"fitted:?{asked}", width=old.width, height=old.height)
    file = BytesIO()
    _fit(new, size).save(file, format="PNG")
    return Media(data=file.getvalue(), width=old.width, height=old.height)


def _fit(medium: Media, size: tuple[int, int]) -> Image.Image:
    return load_image(medium).resize(size, Image.Resampling.BICUBIC)


@draws("fitted")
def _draw(reference: str) -> Image.Image:
    asked = dict(parse_qsl(reference.partition("?")[2], keep_blank_values=True))
    return _fit(Media(path=asked["of"], width=0, height=0), (int(asked["width"]), int(asked["height"])))


@null_images.register("shuffled_image")
def shuffled_image() -> ShuffledImage:
    """Another example's picture."""
    return ShuffledImage()
