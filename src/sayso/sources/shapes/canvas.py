"""Drawing in units that fit any picture size: four times too large, then averaged down, the same on every machine."""

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from PIL import Image, ImageDraw

from sayso.seeds import Stream
from sayso.sources.shapes.draw import BACKGROUND, Color

__all__ = ["Canvas", "flip", "Point"]

Point: TypeAlias = tuple[float, float]
OVERSAMPLING = 4


class Canvas:
    """A square of `size` pixels, `units` wide and high in the coordinates that everything is drawn in."""

    def __init__(self, size: int, *, units: float = 48, ground: Color = BACKGROUND) -> None:
        self._image = Image.new("RGB", (size * OVERSAMPLING, size * OVERSAMPLING), ground)
        self._pen = ImageDraw.Draw(self._image)
        self._scale = size * OVERSAMPLING / units

    def _at(self, points: Iterable[Point]) -> list[Point]:
        return [(x * self._scale, y * self._scale) for x, y in points]

    def box(self, start: Point, end: Point, color: Color) -> None:
        """A filled rectangle between two corners."""
        (x1, y1), (x2, y2) = self._at((start, end))
        self._pen.rectangle((x1, y1, x2 - 1, y2 - 1), fill=color)

    def oval(self, start: Point, end: Point, color: Color) -> None:
        """A filled ellipse in the rectangle between two corners."""
        (x1, y1), (x2, y2) = self._at((start, end))
        self._pen.ellipse((x1, y1, x2 - 1, y2 - 1), fill=color)

    def arc(self, start: Point, end: Point, color: Color, *, degrees: tuple[int, int], width: float) -> None:
        """A part of an ellipse's outline, clockwise from the right."""
        (x1, y1), (x2, y2) = self._at((start, end))
        self._pen.arc((x1, y1, x2 - 1, y2 - 1), *degrees, fill=color, width=round(width * self._scale))

    def poly(self, points: Sequence[Point], color: Color) -> None:
        """A filled polygon."""
        self._pen.polygon(self._at(points), fill=color)

    def line(self, points: Sequence[Point], color: Color, *, width: float = 1.5) -> None:
        """A line through points, with round corners."""
        self._pen.line(self._at(points), fill=color, width=round(width * self._scale), joint="curve")

    def done(self) -> Image.Image:
        """The picture in pixels."""
        return self._image.reduce(OVERSAMPLING)


def flip(picture: Image.Image, chance: Stream) -> Image.Image:
    """The picture or its mirror image."""
    return picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if chance.below(2) else picture
