"""Pictures of an export: all of them become files in `images/`, so that the folder can be moved and given away."""

import hashlib
from io import BytesIO
from pathlib import Path

from PIL import Image

from sayso.errors import BackendError, DataError
from sayso.records import Media
from sayso.sources import load_image, png_bytes

__all__ = ["new_folder", "PictureFolder"]

KNOWN = 100_000
"""Pictures whose name is remembered, so that one that many samples show is not read or drawn for each."""


class PictureFolder:
    """Gives each medium a file in `out/images`, written once: a copy, the embedded bytes, or a drawn PNG.

    Names are hashes of what is in the file: the same picture is one file, and an export of an export has the same names.
    """

    def __init__(self, out: Path) -> None:
        self._out = out
        self._folder = out / "images"
        self._names: dict[str, str] = {}

    def path(self, media: Media) -> str:
        """The picture's path relative to `out`.

        Raises:
            DataError: the picture is missing or cannot be drawn.
            BackendError: it cannot be written.
        """
        if media.path is not None and media.data is None and media.path in self._names:
            return self._names[media.path]
        content, suffix = _content(media)
        name = f"images/{hashlib.sha256(content).hexdigest()[:20]}{suffix}"
        if not (self._out / name).exists():
            self._save(content, self._out / name)
        if media.path is not None and len(self._names) < KNOWN:
            self._names[media.path] = name
        return name

    def _save(self, content: bytes, target: Path) -> None:
        part = target.with_suffix(".part")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            part.write_bytes(content)  # a link would let whoever edits the export edit the original
            part.rename(target)
        except OSError as error:
            raise BackendError(f"cannot write {target}: {error.strerror or error}; free some space") from error


def _content(media: Media) -> tuple[bytes, str]:
    """The encoded picture and its suffix: a file's own, or as it is embedded, or drawn as PNG."""
    if media.data is not None:
        with Image.open(BytesIO(media.data)) as image:
            return media.data, f".{(image.format or 'png').lower()}"
    path = Path(media.path or "")
    if media.path is not None and path.is_file():
        try:
            return path.read_bytes(), path.suffix.lower()
        except OSError as error:
            raise DataError(f"image {path} cannot be read ({error.strerror or error}); check the file") from error
    return png_bytes(load_image(media)), ".png"


def new_folder(out: Path) -> Path:
    """Make `out`, which must not hold anything yet.

    Raises:
        DataError: it does.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise DataError(f"{out} exists and is not an empty folder; choose another --out")
    out.mkdir(parents=True, exist_ok=True)
    return out
