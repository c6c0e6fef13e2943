"""Boxes as text and back, in four styles; pixels only here, at the edge of the program.

| style | looks like | one unit |
|---|---|---|
| `unit` | `[0.125, 0.300, 0.450, 0.600]` | 0.001 of width or height |
| `percent` | `12 30 45 59` | 1/99 of width or height, so that 0 and 99 are the edges |
| `pixels` | `[12, 30, 45, 60]` | one pixel of the medium |
| `bins` | `<bin_120><bin_300><bin_450><bin_600>` | 1/999 of the longer side of the medium |

`bins` is OFA's formula (Wang et al. 2022, arXiv:2202.03052, and its code): the picture is resized so that its longer side is 512, and
a bin is round(coordinate / 512 * 999), so that the bins of the shorter side end before 999. A model reads and writes each
bin as one token (`sayso.models.bins`).

What `format_region` writes, `parse_region` reads back to within half a unit at every side. Reading is strict where a guess
would be needed: four numbers, inside the medium, corners in order; anything else is None and the caller says so.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sayso.errors import ConfigError, DataError, did_you_mean
from sayso.records import Media, Region

__all__ = ["format_region", "format_regions", "parse_region", "parse_regions", "REGION_STYLES"]

_WHOLE = r"(\d{1,6})(?!\d|\.\d)"
_DECIMAL = r"(\d(?:\.\d+)?)(?!\d|\.\d)"


_BIN = r"<bin_(0|[1-9]\d{0,2})>"


def _four(number: str, *, gap: str) -> re.Pattern[str]:
    return re.compile(r"(?<![\d.\-])" + gap.join([number] * 4))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Style:
    """How one style writes: `between` regions, the pattern of one, a side's whole number of units, text of four units."""

    between: str
    pattern: re.Pattern[str]
    write: Callable[[tuple[float, float, float, float], tuple[int, int]], str]
    units: Callable[[tuple[int, int]], tuple[float, float]]


def _write_unit(corners: tuple[float, float, float, float], _: tuple[int, int]) -> str:
    return "[{:.3f}, {:.3f}, {:.3f}, {:.3f}]".format(*corners)


def _write_percent(corners: tuple[float, float, float, float], _: tuple[int, int]) -> str:
    return " ".join(str(round(corner * 99)) for corner in corners)


def _write_pixels(corners: tuple[float, float, float, float], size: tuple[int, int]) -> str:
    return f"[{', '.join(str(round(corner * size[i % 2])) for i, corner in enumerate(corners))}]"


def _bin_units(size: tuple[int, int]) -> tuple[float, float]:
    """Bins across and down: the longer side has 999 steps."""
    return 999.0 * size[0] / max(size), 999.0 * size[1] / max(size)


def _write_bins(corners: tuple[float, float, float, float], size: tuple[int, int]) -> str:
    steps = _bin_units(size)
    return "".join(f"<bin_{round(corner * steps[i % 2])}>" for i, corner in enumerate(corners))


_STYLES = {
    "unit": _Style(
        between=" ",
        pattern=_four(_DECIMAL, gap=r"\s*,\s*"),
        write=_write_unit,
        units=lambda _: (1.0, 1.0),
    ),
    "percent": _Style(
        between=", ",
        pattern=_four(_WHOLE, gap=r"\s+"),
        write=_write_percent,
        units=lambda _: (99.0, 99.0),
    ),
    "pixels": _Style(
        between=" ",
        pattern=_four(_WHOLE, gap=r"\s*,\s*"),
        write=_write_pixels,
        units=lambda size: (float(size[0]), float(size[1])),
    ),
    "bins": _Style(
        between=" ",
        pattern=re.compile(r"\s*".join([_BIN] * 4)),
        write=_write_bins,
        units=_bin_units,
    ),
}
_IN_PIXELS = ("pixels", "bins")
REGION_STYLES: tuple[str, ...] = tuple(_STYLES)
"""Known styles."""


def format_region(region: Region, *, style: str, media: Sequence[Media] = ()) -> str:
    """One box as text; `media` gives the size in pixels that styles `pixels` and `bins` need.

    Raises:
        ConfigError: no such style.
        DataError: style `pixels` or `bins`, and the region's medium is not among `media`.
    """
    corners = (region.x1, region.y1, region.x2, region.y2)
    return _style(style).write(corners, _size(media, region.medium, style=style))


def format_regions(regions: Sequence[Region], *, style: str, media: Sequence[Media] = ()) -> str:
    """Several boxes in order, as `parse_regions` reads them."""
    return _style(style).between.join(format_region(region, style=style, media=media) for region in regions)


def parse_region(text: str, *, style: str, media: Sequence[Media] = (), medium: int = 0) -> Region | None:
    """The first box in `text`, or None where there is none, or one that leaves the medium or has its corners swapped.

    Raises:
        ConfigError: no such style.
        DataError: style `pixels` or `bins` without the medium's size.
    """
    match = _style(style).pattern.search(text)
    return None if match is None else _read(match, style=style, media=media, medium=medium)


def parse_regions(text: str, *, style: str, media: Sequence[Media] = (), medium: int = 0) -> tuple[Region, ...]:
    """Every box in `text`, in order; what cannot be read is left out."""
    matches = _style(style).pattern.finditer(text)
    regions = (_read(match, style=style, media=media, medium=medium) for match in matches)
    return tuple(region for region in regions if region is not None)


def _style(name: str) -> _Style:
    if name not in _STYLES:
        raise ConfigError(f"no region style {name!r}{did_you_mean(name, list(_STYLES))}")
    return _STYLES[name]


def _size(media: Sequence[Media], medium: int, *, style: str) -> tuple[int, int]:
    if style not in _IN_PIXELS:
        return (1, 1)
    if medium >= len(media):
        raise DataError(
            f"a region of medium {medium} in {style}, but the row has {len(media)} media; use regions: unit"
        )
    width, height = media[medium].width, media[medium].height
    if width < 1 or height < 1:
        raise DataError(
            f"a region in {style} of medium {medium}, which is {width} x {height} pixels; use regions: unit"
        )
    return width, height


def _read(match: re.Match[str], *, style: str, media: Sequence[Media], medium: int) -> Region | None:
    across, down = _style(style).units(_size(media, medium, style=style))
    x1, y1, x2, y2 = (_share(float(group), down if i % 2 else across) for i, group in enumerate(match.groups()))
    if not (0 <= x1 <= x2 <= 1 and 0 <= y1 <= y2 <= 1):
        return None
    return Region(x1=x1, y1=y1, x2=x2, y2=y2, medium=medium)


def _share(units: float, side: float) -> float:
    """Units of a side as a share of it; where a side is no whole number of units, its last unit may be rounded beyond the edge."""
    return min(1.0, units / side) if units <= round(side) else units / side
