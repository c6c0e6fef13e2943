"""Pictures: measured without decoding, decoded on demand, refused with a reason.

A `Media` names its pixels in one of three ways: a file, encoded bytes, or a generated reference such as
`shapes:v2?seed=7&index=3` that the source of that name draws again. `probe_image` and `probe_bytes` make a `Media` from a
header alone; `load_image` gives the pixels; `verify_image` decodes all of them and throws them away.

Every failure is a DataError that names the file. A picture of more than MAX_PIXELS is never decoded, since a few
kilobytes of PNG can unpack to gigabytes (a decompression bomb). Orientation marks of cameras (EXIF) are not applied:
boxes are drawn on the pixels as stored.
"""

import re
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from io import SEEK_END, BytesIO
from pathlib import Path
from typing import IO, TypeAlias

from PIL import Image, UnidentifiedImageError

from sayso.errors import ConfigError, DataError
from sayso.records import Media
from sayso.sources._protocol import sources

__all__ = ["as_shown", "draws", "load_image", "MAX_PIXELS", "png_bytes", "probe_bytes", "probe_image", "verify_image"]

MAX_PIXELS = 50_000_000
"""Largest picture that is ever decoded, in pixels."""

Drawer: TypeAlias = Callable[[str], Image.Image]
DRAWERS: dict[str, Drawer] = {}
ENDINGS = {"JPEG": b"\xff\xd9", "PNG": b"IEND"}  # what a complete file has near its end
TAIL_BYTES = 1024
SCHEME = re.compile(r"([a-z][a-z0-9_]+):(?!//)")  # two letters at least, so that C:\ is a drive and not a source


def draws(scheme: str) -> Callable[[Drawer], Drawer]:
    """Decorate the function of a source that draws its references `scheme:...`; the scheme is the source's name."""

    def keep(drawer: Drawer) -> Drawer:
        DRAWERS[scheme] = drawer
        return drawer

    return keep


def load_image(media: Media) -> Image.Image:
    """The picture in RGB, `media.width` x `media.height` pixels; transparent parts become white.

    Raises:
        DataError: missing, truncated, not an image, over MAX_PIXELS, or a reference that no source can draw.
    """
    if media.kind != "image":
        raise DataError(f"medium {media.path!r} is {media.kind}; load_image opens images only")
    if media.data is None and media.path is not None and (match := SCHEME.match(media.path)):
        return _drawer(match.group(1), media.path)(media.path)
    if media.data is not None:
        return _decode(BytesIO(media.data), media.path or "embedded image")
    if media.path is None:
        raise DataError("a medium has neither path nor data; give one of them")
    return _decode(Path(media.path), f"image {media.path}")


def verify_image(media: Media) -> None:
    """Decode every pixel and compare the size with the one that `media` states.

    Raises:
        DataError: as `load_image`, or the size differs.
    """
    size = load_image(media).size
    if size != (media.width, media.height):
        stated = f"{media.width} x {media.height}"
        raise DataError(
            f"{media.path or 'embedded image'} is {size[0]} x {size[1]} pixels, not {stated}; correct the row"
        )


def probe_image(path: Path, *, root: Path) -> Media:
    """A `Media` of the file at `path` (relative ones start at `root`), its size read from the header.

    Only a JPEG or PNG without its end mark is decoded, to see whether it is cut off.

    Raises:
        DataError: the path leaves `root` after resolving links, or the file is not a usable image.
    """
    root = root.resolve()
    try:
        real = (root / path).resolve()
        if "\\" in str(path) and not real.exists():  # written on Windows
            real = (root / path.as_posix().replace("\\", "/")).resolve()
    except (OSError, RuntimeError, ValueError) as error:  # links in a circle, a name with a zero byte
        raise DataError(f"image {str(path)!r} is no path ({error}); give the name of a file below {root}") from error
    if not real.is_relative_to(root):
        raise DataError(f"image {path} leaves its folder {root}; move it there or name a folder above both as root")
    width, height = _measure(real, f"image {real}")
    return Media(path=str(real), width=width, height=height)


def probe_bytes(data: bytes, *, name: str = "embedded image") -> Media:
    """A `Media` that carries `data`, an encoded image, its size read from the header; `name` is used in messages.

    Raises:
        DataError: the bytes are not a usable image.
    """
    width, height = _measure(BytesIO(data), name)
    return Media(data=data, width=width, height=height)


def png_bytes(image: Image.Image) -> bytes:
    """The picture as the content of a PNG file."""
    file = BytesIO()
    image.save(file, format="PNG")
    return file.getvalue()


def _drawer(scheme: str, reference: str) -> Drawer:
    if scheme not in DRAWERS:
        try:
            sources.get(scheme)  # importing the source registers what it draws
        except ConfigError as error:
            raise DataError(f"cannot draw {reference!r}: {error}") from error
    if scheme not in DRAWERS:
        raise DataError(f"cannot draw {reference!r}: source {scheme!r} draws no pictures; give a file instead")
    return DRAWERS[scheme]


def _measure(file: Path | IO[bytes], name: str) -> tuple[int, int]:
    with _open(file, name) as image:
        size, ending = image.size, ENDINGS.get(image.format or "")
    if ending is not None and ending not in _read_tail(file):
        _decode(file, name)  # looks cut off; only decoding tells for sure
    return size


def _read_tail(file: Path | IO[bytes]) -> bytes:
    with file.open("rb") if isinstance(file, Path) else nullcontext(file) as bytes_:
        bytes_.seek(0, SEEK_END)
        bytes_.seek(max(0, bytes_.tell() - TAIL_BYTES))
        tail = bytes_.read()
        bytes_.seek(0)
    return tail


def _decode(file: Path | IO[bytes], name: str) -> Image.Image:
    with _open(file, name) as image:
        try:
            image.load()
            return as_shown(image)
        except (OSError, SyntaxError, ValueError) as error:  # what Pillow's decoders raise on broken data
            raise DataError(f"{name} is truncated or damaged ({error}); copy it again or remove its row") from error


def _open(file: Path | IO[bytes], name: str) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # a refusal of our own follows
            image = Image.open(file)
    except Image.DecompressionBombError as error:
        raise DataError(_too_large(name)) from error
    except FileNotFoundError as error:
        raise DataError(f"{name} does not exist; check the path and the folder of images") from error
    except UnidentifiedImageError as error:
        raise DataError(f"{name} is not in a format that Pillow reads; give a PNG, JPEG, WebP ... file") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise DataError(f"{name} cannot be opened ({error}); give a readable image file") from error
    if not image.width * image.height:
        raise DataError(f"{name} has no pixels ({image.width} x {image.height}); remove its row")
    if image.width * image.height > MAX_PIXELS:
        image.close()
        raise DataError(_too_large(name))
    return image


def _too_large(name: str) -> str:
    return f"{name} has more than {MAX_PIXELS:,} pixels and is not decoded; scale it down"


def as_shown(image: Image.Image) -> Image.Image:
    """A decoded picture in RGB as models see it: transparent parts white, 16 bits a pixel brought down to 8."""
    if image.mode.startswith("I;16"):  # Pillow cuts off what is above 255, which makes most of a radiograph white
        image = image.point(lambda value: value / 256).convert("L")
    if not image.has_transparency_data:
        return image.convert("RGB")
    layer = image.convert("RGBA")
    white = Image.new("RGBA", layer.size, "white")
    return Image.alpha_composite(white, layer).convert("RGB")
