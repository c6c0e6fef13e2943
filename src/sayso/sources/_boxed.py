"""Pictures with a frame around one region, drawn when they are opened: `boxed:X1,Y1,X2,Y2:PATH`, corners in [0, 1].

The frame is red and 3 pixels wide, as lmms-eval draws it where it asks a model to describe a region. The file itself stays as it is, and a set of a thousand regions takes no memory.
"""

import re

import msgspec
from PIL import Image, ImageDraw

from sayso.errors import DataError
from sayso.records import Media, Region
from sayso.sources._media import draws, load_image

__all__ = ["boxed"]

FORM = re.compile(r"boxed:([\d.]+),([\d.]+),([\d.]+),([\d.]+):(.+)", re.DOTALL)
LINE_PIXELS = 3


def boxed(media: Media, region: Region) -> Media:
    """The picture with a red frame around the region.

    Raises:
        DataError: it has no path, so that the reference could not name it.
    """
    if media.path is None:
        raise DataError("an embedded picture has no path and cannot be framed; write it to a file")
    corners = ",".join(f"{value:.5f}" for value in (region.x1, region.y1, region.x2, region.y2))
    return msgspec.structs.replace(media, path=f"boxed:{corners}:{media.path}")


@draws("boxed")
def draw(reference: str) -> Image.Image:
    """The framed picture.

    Raises:
        DataError: the reference has another form, or its picture cannot be opened.
    """
    if not (found := FORM.fullmatch(reference)):
        raise DataError(
            f"{reference!r} is no picture with a frame; write boxed:X1,Y1,X2,Y2:PATH with corners in [0, 1]"
        )
    image = load_image(Media(path=found[5], width=0, height=0))
    corners = [float(found[place]) * side for place, side in zip((1, 2, 3, 4), (*image.size, *image.size), strict=True)]
    ImageDraw.Draw(image).rectangle(corners, outline="red", width=LINE_PIXELS)
    return image
