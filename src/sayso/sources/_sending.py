"""Pictures as endpoints and called models take them: encoded bytes or a file, in a format that everybody reads.

Every picture is decoded once before it is sent, so that a damaged one is our error and not a guess of somebody's server. One that only a source
can draw (`shapes:...`), or in a format that endpoints do not take, goes as PNG.
"""

from pathlib import Path

from sayso.lm.conversation import MAGIC
from sayso.records import Media
from sayso.sources._media import load_image, png_bytes

__all__ = ["sendable"]


def sendable(medium: Media) -> Media:
    """The same picture, or its PNG.

    Raises:
        DataError: it cannot be opened or drawn.
    """
    image = load_image(medium)
    if medium.data is not None and _is_taken(medium.data):
        return medium
    if medium.data is None and medium.path is not None and _is_taken(_first_bytes(medium.path)):
        return medium
    return Media(path=medium.path, data=png_bytes(image), width=medium.width, height=medium.height)


def _first_bytes(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(8)
    except OSError:
        return b""


def _is_taken(raw: bytes) -> bool:
    return any(raw.startswith(start) for start in MAGIC)
