"""A picture as 64 bits and a thumbnail, and those that are alike, without comparing all with all.

The bits are the signs, about their median, of the 64 lowest frequencies of a 32 x 32 grey picture (pHash, Zauner 2010). Two hashes
that differ in up to three bits agree in at least one of four runs of sixteen bits, so only pictures that share such a run are
compared; a thumbnail of 16 x 16 then tells copies from pictures that merely have the same layout.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image

from sayso.records import Media
from sayso.sources import as_shown

__all__ = ["Fingerprint", "fingerprint", "Index"]

SIDE, LOW, THUMB = 32, 8, 16
BITS, BANDS = 3, 4
MEAN, MOST = 4.0, 32.0  # of 255: what another size or JPEG quality changes, and no moved object does
MAX_BUCKET = 300


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """`bits` and a (16, 16, 3) thumbnail in RGB, uint8: colours that are one grey are not one picture."""

    bits: int
    thumb: npt.NDArray[np.uint8]


def _cosines() -> npt.NDArray[np.float64]:
    at = np.arange(SIDE)
    return np.cos(np.pi * (2 * at[None, :] + 1) * np.arange(LOW + 1)[:, None] / (2 * SIDE))


COSINES = _cosines()


def fingerprint(media: Media) -> Fingerprint:
    """Of an image file or of embedded bytes; JPEG files are decoded at a fraction of their size.

    Raises:
        OSError: it cannot be opened or decoded.
    """
    with Image.open(BytesIO(media.data) if media.data is not None else str(media.path)) as image:
        image.draft("RGB", (4 * SIDE, 4 * SIDE))
        small = as_shown(image).resize((SIDE, SIDE), Image.Resampling.BOX)
    colours = np.asarray(small, dtype=np.float64)
    pixels = colours.mean(axis=2)
    lowest = (COSINES @ pixels @ COSINES.T)[1:, 1:].ravel()
    signs = lowest > np.median(lowest)
    bits = int("".join("1" if sign else "0" for sign in signs), 2)
    thumb = colours.reshape(THUMB, 2, THUMB, 2, 3).mean(axis=(1, 3)).round().astype(np.uint8)
    return Fingerprint(bits, thumb)


@dataclass
class Index:
    """Fingerprints by name, to be asked which are alike. About 1200 bytes a picture.

    A flat picture shares its runs with all flat ones; each run keeps MAX_BUCKET names, and `full` says whether that was too few.
    """

    full: bool = False
    _known: dict[str, Fingerprint] = field(default_factory=dict)
    _bands: dict[tuple[int, int], list[str]] = field(default_factory=dict)

    def add(self, name: str, found: Fingerprint) -> None:
        """Remember a picture."""
        self._known[name] = found
        for key in _runs(found.bits):
            bucket = self._bands.setdefault(key, [])
            if len(bucket) < MAX_BUCKET:
                bucket.append(name)
            else:
                self.full = True

    def alike(self, found: Fingerprint) -> Iterator[str]:
        """Names of pictures that look the same."""
        for name in dict.fromkeys(name for key in _runs(found.bits) for name in self._bands.get(key, ())):
            other = self._known[name]
            if (other.bits ^ found.bits).bit_count() <= BITS and _same(other.thumb, found.thumb):
                yield name


def _runs(bits: int) -> Iterator[tuple[int, int]]:
    width = 64 // BANDS
    for band in range(BANDS):
        yield band, (bits >> (band * width)) & ((1 << width) - 1)


def _same(a: npt.NDArray[np.uint8], b: npt.NDArray[np.uint8]) -> bool:
    gaps = np.abs(a.astype(np.int16) - b)
    return bool(gaps.mean() <= MEAN and gaps.max() <= MOST)
