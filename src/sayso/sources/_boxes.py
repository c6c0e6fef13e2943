"""Pixels in, regions out: the one place where sources turn boxes of files into `Region`."""

from sayso.errors import DataError
from sayso.records import Media, Region

__all__ = ["from_corner", "to_region", "TOLERANCE"]

TOLERANCE = 1.0
"""How far a box may reach over the edge of its picture, in pixels; annotation tools round outwards."""


def to_region(corners: tuple[float, float, float, float], *, size: tuple[int, int], medium: int = 0) -> Region:
    """The region of `corners` (x1, y1, x2, y2 in pixels) on a picture of `size` (width, height in pixels).

    Up to TOLERANCE pixels over the edge are cut off.

    Raises:
        DataError: the box has no area or lies outside the picture.
    """
    x1, y1, x2, y2 = corners
    width, height = size
    if not (x2 > x1 and y2 > y1):
        raise DataError(f"box {list(corners)} has no area; give x1 < x2 and y1 < y2 in pixels or remove it")
    over = max(-x1, -y1, x2 - width, y2 - height)
    region = Region(
        x1=max(x1 / width, 0.0),
        y1=max(y1 / height, 0.0),
        x2=min(x2 / width, 1.0),
        y2=min(y2 / height, 1.0),
        medium=medium,
    )
    if over > TOLERANCE or region.x1 >= region.x2 or region.y1 >= region.y2:
        outside = f"box {list(corners)} reaches outside the image of {width} x {height} pixels"
        raise DataError(f"{outside}; correct or remove it")
    return region


def from_corner(box: tuple[float, float, float, float], *, media: Media, medium: int = 0) -> Region:
    """The region of a box written as x, y, width, height in pixels.

    Raises:
        DataError: it has no area or reaches outside the picture.
    """
    x, y, width, height = box
    return to_region((x, y, x + width, y + height), size=(media.width, media.height), medium=medium)
