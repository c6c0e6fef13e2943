"""Photographs of a framed picture of shapes that went wrong in one of eight ways, in the manner of VizWiz quality issues.

The frame shows what a plain scene would not: that the camera was held askew or past its subject.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from PIL import Image, ImageDraw, ImageFilter

from sayso.seeds import Stream
from sayso.sources.shapes._kinds import Facts, chance_of, kind_of_scene, media_of
from sayso.sources.shapes.draw import draw_scene
from sayso.sources.shapes.scene import Spec, make_scene

__all__ = ["FLAWS", "Flaws"]

FRAME, DESK, FINGER = (70, 74, 84), (186, 160, 128), (226, 168, 138)
NUM_OBJECTS = 3
OVERSAMPLING = 4


@kind_of_scene("flaws")
class Flaws:
    """Label flaw. Nothing is said of the shapes: not all of them can be made out."""

    def tell(self, spec: Spec, index: int) -> Facts:
        """See the class."""
        flaw = chance_of(spec, index, "look").choice(FLAWS)
        return Facts(media=media_of(spec, index), labels={"flaw": flaw}, vocabulary={"flaw": FLAWS})

    def draw(self, spec: Spec, index: int, medium: int) -> Image.Image:
        """See the class."""
        chance = chance_of(spec, index, "look")
        flaw = chance.choice(FLAWS)
        some = replace(spec, min_objects=min(NUM_OBJECTS, spec.max_objects))
        picture = draw_scene(make_scene(some, index, 0), size=spec.size)
        edge, width = spec.size - 1, max(2, spec.size // 20)
        ImageDraw.Draw(picture).rectangle((0, 0, edge, edge), outline=FRAME, width=width)
        return SPOILED[flaw](picture, chance)


def _blur(picture: Image.Image, chance: Stream) -> Image.Image:
    return picture.filter(ImageFilter.BoxBlur(picture.width // 16)).filter(ImageFilter.BoxBlur(picture.width // 24))


def _darken(picture: Image.Image, chance: Stream) -> Image.Image:
    return picture.point(lambda value: value // 6)


def _brighten(picture: Image.Image, chance: Stream) -> Image.Image:
    return picture.point(lambda value: 255 - (255 - value) // 7)


def _rotate(picture: Image.Image, chance: Stream) -> Image.Image:
    angle = (18 + chance.below(50)) * (1 if chance.below(2) else -1)
    large = picture.resize([side * OVERSAMPLING for side in picture.size], Image.Resampling.NEAREST)
    return large.rotate(angle, Image.Resampling.NEAREST, fillcolor=DESK).reduce(OVERSAMPLING)


def _obstruct(picture: Image.Image, chance: Stream) -> Image.Image:
    size = picture.width
    x, y = (chance.choice((-size // 4, size // 3)) + chance.below(size // 6) for _ in range(2))
    ImageDraw.Draw(picture).ellipse((x, y, x + size * 4 // 5, y + size * 4 // 5), fill=FINGER)
    return picture


def _misframe(picture: Image.Image, chance: Stream) -> Image.Image:
    away = picture.width * 2 // 5 + chance.below(picture.width // 6)
    x, y = ((away, 0), (-away, 0), (0, away), (0, -away), (away, away), (-away, -away))[chance.below(6)]
    photo = Image.new("RGB", picture.size, DESK)
    photo.paste(picture, (x, y))
    return photo


def _sprinkle(picture: Image.Image, chance: Stream) -> Image.Image:
    """A quarter of the pixels become black, white or a colour."""
    colors = [(0, 0, 0), (255, 255, 255), (255, 60, 160), (60, 220, 220)]
    pixels = picture.load()
    for y in range(picture.height):
        for start in range(0, picture.width, 16):
            bits = chance.word()
            for x in range(start, min(start + 16, picture.width)):
                if pixels is not None and bits & 3 == 0:
                    pixels[x, y] = colors[bits >> 2 & 3]
                bits >>= 4
    return picture


def _keep(picture: Image.Image, chance: Stream) -> Image.Image:
    return picture


SPOILED: Mapping[str, Callable[[Image.Image, Stream], Image.Image]] = {
    "blurred": _blur,
    "too dark": _darken,
    "too bright": _brighten,
    "rotated": _rotate,
    "obstructed": _obstruct,
    "badly framed": _misframe,
    "noisy": _sprinkle,
    "no flaw": _keep,
}
FLAWS = tuple(SPOILED)
