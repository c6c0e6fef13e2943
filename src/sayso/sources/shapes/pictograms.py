"""Scenes of pictograms, each in a quarter of the picture: where they are, what they are called, how they are pasted."""

from collections.abc import Callable
from typing import NamedTuple

from PIL import Image

from sayso.records import AnnotatedObject, Region
from sayso.seeds import Stream
from sayso.sources.shapes.draw import BACKGROUND
from sayso.sources.shapes.scene import Spec
from sayso.sources.shapes.view import name_cells

__all__ = ["HUES", "paste_all", "Pictogram", "place", "POSITIONS", "region_of", "say_all", "see", "Sprite", "TINTS"]

HUES = ("red", "green", "blue", "yellow", "purple", "black")
TINTS = HUES[:-1]  # on black, nothing that is drawn in ink can be seen
POSITIONS = name_cells(2)
FILL = 0.84  # side of the largest pictograms over the side of their quarter
SHRINK = 6  # the smallest are less by this part of the quarter, whatever they show


class Pictogram(NamedTuple):
    """One thing: what it is, its colour and quarter; `x`, `y`, `side` are pixels."""

    cell: int
    what: str
    color: str
    x: int
    y: int
    side: int


Sprite = Callable[[str, str, int], Image.Image]
"""(what, color, side) -> an opaque picture of that side in pixels, cached."""


def place(spec: Spec, chance: Stream, whats: list[str], colors: tuple[str, ...]) -> tuple[Pictogram, ...]:
    """`whats` in quarters and colours that all differ, in reading order."""
    pitch = spec.size // 2
    cells, hues = chance.sample(range(4), len(whats)), chance.sample(colors, len(whats))
    found = []
    for cell, what, color in zip(cells, whats, hues, strict=True):
        side = round(pitch * FILL) - chance.below(1 + pitch // SHRINK)
        play = pitch - side + 1
        x, y = (cell % 2) * pitch + chance.below(play), (cell // 2) * pitch + chance.below(play)
        found.append(Pictogram(cell, what, color, x, y, side))
    return tuple(sorted(found))


def paste_all(spec: Spec, pictograms: tuple[Pictogram, ...], sprite: Sprite) -> Image.Image:
    """The picture."""
    picture = Image.new("RGB", (spec.size, spec.size), BACKGROUND)
    for one in pictograms:
        picture.paste(sprite(one.what, one.color, one.side), (one.x, one.y))
    return picture


def region_of(spec: Spec, one: Pictogram) -> Region:
    """The extent of what is drawn: every pictogram touches all four sides of its square, so that no box tells which it is."""
    right, bottom, size = one.x + one.side, one.y + one.side, spec.size
    return Region(x1=one.x / size, y1=one.y / size, x2=right / size, y2=bottom / size)


def see(spec: Spec, one: Pictogram, *, label: str, **more: str) -> AnnotatedObject:
    """The object behind a pictogram: its label, box, colour, position and further attributes."""
    attributes = {"color": one.color, "position": POSITIONS[one.cell], **more}
    return AnnotatedObject(label=label, region=region_of(spec, one), attributes=attributes)


def say_all(names: list[str]) -> str:
    """`a red key, a blue cup and an orange lamp`."""
    parts = [f"{'an' if name[0] in 'aeiou' else 'a'} {name}" for name in names]
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
