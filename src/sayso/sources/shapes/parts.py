"""A part of the scenes that is kept from a model on purpose, so that it can be asked about what it never saw.

Four things are new in turn: a colour, pairs of colour and shape whose halves are both known, layouts of things over the cells, a
hand that words are written in. `seen` scenes have none of them; each other part has one of them and none of the rest.
"""

from collections.abc import Collection, Sequence
from hashlib import blake2b
from typing import NamedTuple

__all__ = ["Contents", "is_in_part", "NEW_COLOR", "NEW_FONT", "NEW_PAIRS", "PARTS"]

PARTS = ("all", "seen", "new_color", "new_pair", "new_layout", "new_font")
NEW_COLOR = "purple"
NEW_FONT = "handwritten"
NEW_PAIRS = frozenset([("red", "star"), ("green", "ring"), ("blue", "triangle"), ("yellow", "cross")])
LAYOUTS_KEPT = 10
"""One layout in so many is new."""


class Contents(NamedTuple):
    """What of a scene tells its part: (color, shape) of the things, their cells in order, and the hands of the words."""

    kinds: Collection[tuple[str, str]]
    cells: Sequence[int]
    styles: Collection[str]


def is_in_part(contents: Contents, part: str) -> bool:
    """Whether a scene belongs to `part`, one of PARTS."""
    return part == "all" or _news(contents) == ({part} - {"seen"})


def _news(contents: Contents) -> set[str]:
    found = {
        "new_color": any(color == NEW_COLOR for color, _ in contents.kinds),
        "new_pair": not NEW_PAIRS.isdisjoint(contents.kinds),
        "new_layout": _is_new_layout(contents.cells),
        "new_font": NEW_FONT in contents.styles,
    }
    return {name for name, is_new in found.items() if is_new}


def _is_new_layout(cells: Sequence[int]) -> bool:
    return len(cells) > 1 and blake2b(bytes(cells), digest_size=2).digest()[0] % LAYOUTS_KEPT == 0
