"""A part of the scenes that is kept from a model on purpose, so that it can be asked about what it never saw.

Four things are new in turn: a colour, pairs of colour and shape whose halves are both known, layouts of things over the cells, a
hand that words are written in. `seen` scenes have none of them; each other part has one of them and none of the rest.
"""

from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sayso.sources.shapes.scene import Scene

__all__ = ["is_in_part", "NEW_COLOR", "NEW_FONT", "NEW_PAIRS", "PARTS"]

PARTS = ("all", "seen", "new_color", "new_pair", "new_layout", "new_font")
NEW_COLOR = "purple"
NEW_FONT = "handwritten"
NEW_PAIRS = frozenset([("red", "star"), ("green", "ring"), ("blue", "triangle"), ("yellow", "cross")])
LAYOUTS_KEPT = 10
"""One layout in so many is new."""


def is_in_part(scene: "Scene", part: str) -> bool:
    """Whether a scene belongs to `part`, one of PARTS."""
    return part == "all" or _news(scene) == ({part} - {"seen"})


def _news(scene: "Scene") -> set[str]:
    return {name for name, is_new in _NEWS.items() if is_new(scene)}


def _has_new_color(scene: "Scene") -> bool:
    return any(thing.color == NEW_COLOR for thing in scene.things)


def _has_new_pair(scene: "Scene") -> bool:
    return any((thing.color, thing.shape) in NEW_PAIRS for thing in scene.things)


def _has_new_layout(scene: "Scene") -> bool:
    cells = bytes(thing.cell for thing in scene.things)
    return len(cells) > 1 and blake2b(cells, digest_size=2).digest()[0] % LAYOUTS_KEPT == 0


def _has_new_font(scene: "Scene") -> bool:
    return any(word.style == NEW_FONT for word in scene.words)


_NEWS = {
    "new_color": _has_new_color,
    "new_pair": _has_new_pair,
    "new_layout": _has_new_layout,
    "new_font": _has_new_font,
}
