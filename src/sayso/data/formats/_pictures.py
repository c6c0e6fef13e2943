"""Pictures of an export: all of them become files in `images/`, so that the folder can be moved and given away."""

import hashlib
import shutil
from io import BytesIO
from pathlib import Path

from PIL import Image

from sayso.errors import BackendError, DataError
from sayso.records import Media
from sayso.sources import load_image

__all__ = ["new_folder", "PictureFolder"]


class PictureFolder:
    """Gives each medium a file in `out/images`, written once: a copy, the embedded bytes, or a drawn PNG.

    Names are hashes of where the picture comes from, so the same picture is one file however many samples show it.
    """

    def __init__(self, out: Path) -> None:
        self._out = out
        self._folder = out / "images"

    def path(self, media: Media) -> str:
        """The picture's path relative to `out`.

        Raises:
            DataError: the picture is missing or cannot be drawn.
            BackendError: it cannot be written.
        """
        name = hashlib.sha256(media.data or (media.path or "").encode()).hexdigest()[:20] + _suffix(media)
        target = self._folder / name
        if not target.exists():
            self._save(media, target)
        return f"images/{name}"

    def _save(self, media: Media, target: Path) -> None:
        part = target.with_suffix(".part")
        picture = None if _has_file(media) or media.data is not None else load_image(media)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if picture is not None:
                picture.save(part, format="PNG")
            elif media.data is not None:
                part.write_bytes(media.data)
            else:
                shutil.copyfile(media.path or "", part)  # a link would let whoever edits the export edit the original
            part.rename(target)
        except OSError as error:
            raise BackendError(f"cannot write {target}: {error.strerror or error}; free some space") from error


def _has_file(media: Media) -> bool:
    return media.data is None and media.path is not None and Path(media.path).exists()


def _suffix(media: Media) -> str:
    if media.data is not None:
        with Image.open(BytesIO(media.data)) as image:
            return f".{(image.format or 'png').lower()}"
    return Path(media.path or "").suffix if _has_file(media) else ".png"


def new_folder(out: Path) -> Path:
    """Make `out`, which must not hold anything yet.

    Raises:
        DataError: it does.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise DataError(f"{out} exists and is not an empty folder; choose another --out")
    out.mkdir(parents=True, exist_ok=True)
    return out
