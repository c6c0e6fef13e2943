"""Scenes as pixels: one cached sprite per look, pasted; the same on every machine.

A sprite is drawn eight times too large and averaged down, which gives smooth edges without any library's anti-aliasing,
and it touches all four sides of its box, so that a box is exactly the pixels that differ from the background.
"""

from functools import cache
from math import cos, pi, sin
from typing import TypeAlias

from PIL import Image, ImageDraw

from sayso.sources.shapes.letters import STRIP, typeset
from sayso.sources.shapes.scene import Scene, Word

__all__ = ["BACKGROUND", "Color", "draw_scene", "INK", "PALETTE", "PAPER", "thing_sprite"]

Color: TypeAlias = tuple[int, int, int]

PALETTE: dict[str, Color] = {
    "red": (214, 40, 40),
    "green": (42, 157, 78),
    "blue": (37, 99, 235),
    "yellow": (245, 190, 20),
    "purple": (142, 60, 180),
    "black": (40, 40, 44),
}
BACKGROUND: Color = (250, 249, 246)
INK: Color = (110, 84, 62)
PAPER: Color = (226, 214, 190)
OVERSAMPLING = 8

OUTLINES: dict[str, tuple[tuple[float, float], ...]] = {
    "square": ((0, 0), (1, 0), (1, 1), (0, 1)),
    "triangle": ((0.5, 0), (1, 1), (0, 1)),
    "arrow": tuple((x / 12, y / 12) for x, y in ((0, 4), (6, 4), (6, 0), (12, 6), (6, 12), (6, 8), (0, 8))),
    "diamond": ((0.5, 0), (1, 0.5), (0.5, 1), (0, 0.5)),
    "cross": tuple(
        (x / 3, y / 3)
        for x, y in ((1, 0), (2, 0), (2, 1), (3, 1), (3, 2), (2, 2), (2, 3), (1, 3), (1, 2), (0, 2), (0, 1), (1, 1))
    ),
}


def draw_scene(scene: Scene, *, size: int) -> Image.Image:
    """`scene` as an RGB picture of `size` x `size` pixels."""
    picture = Image.new("RGB", (size, size), BACKGROUND)
    for thing in scene.things:
        sprite = thing_sprite(thing.shape, thing.color, thing.texture, thing.side)
        picture.paste(sprite, (thing.x, thing.y), sprite)
    for word in scene.words:
        _draw_word(picture, word)
    return picture


@cache
def thing_sprite(shape: str, color: str, texture: str, side: int) -> Image.Image:
    """RGBA, `side` x `side`; the alpha channel is the shape."""
    fill = Image.new("RGBA", (side, side), PALETTE[color])
    fill.paste(_tint(PALETTE[color]), (0, 0), _pattern(texture, side))
    fill.putalpha(_silhouette(shape, side))
    return fill


def _tint(color: Color) -> Color:
    red, green, blue = ((c + 3 * 255) // 4 for c in color)
    return red, green, blue


@cache
def _silhouette(shape: str, side: int) -> Image.Image:
    large = Image.new("L", (side * OVERSAMPLING, side * OVERSAMPLING))
    far = side * OVERSAMPLING - 1
    pen = ImageDraw.Draw(large)
    if shape == "circle":
        pen.ellipse((0, 0, far, far), fill=255)
    elif shape == "ring":
        pen.ellipse((0, 0, far, far), fill=255)
        pen.ellipse((hole := far * 3 // 11, hole, far - hole, far - hole), fill=0)
    else:
        pen.polygon([(x * far, y * far) for x, y in OUTLINES[shape]], fill=255)
    return large.reduce(OVERSAMPLING)


def _star() -> tuple[tuple[float, float], ...]:
    """A five-pointed star, stretched to fill the unit square."""
    turns = [(i * pi / 5, 1.0 if i % 2 == 0 else 0.45) for i in range(10)]
    points = [(r * sin(turn), -r * cos(turn)) for turn, r in turns]
    left, top = min(x for x, _ in points), min(y for _, y in points)
    width, height = max(x for x, _ in points) - left, max(y for _, y in points) - top
    return tuple(((x - left) / width, (y - top) / height) for x, y in points)


OUTLINES["star"] = _star()


@cache
def _pattern(texture: str, side: int) -> Image.Image:
    """Where the lighter tint goes, as a mask; whole pixels while things are small, so that it stays crisp."""
    mask = Image.new("L", (side, side))
    pen = ImageDraw.Draw(mask)
    period = max(4, side // 5)
    half = period // 2
    if texture == "striped":
        for top in range(half, side, period):
            pen.rectangle((0, top, side, top + half - 1), fill=255)
    if texture == "dotted":
        for top in range(half // 2 + 1, side, period):
            for left in range(half // 2 + 1, side, period):
                pen.ellipse((left, top, left + half - 1, top + half - 1), fill=255)
    return mask


def _draw_word(picture: Image.Image, word: Word) -> None:
    sprite = _strip(word.text, word.style, word.damage, word.variant).resize(
        (word.width, word.height), Image.Resampling.NEAREST
    )
    picture.paste(sprite, (word.x, word.y))


@cache
def _strip(text: str, style: str, damage: str, variant: int) -> Image.Image:
    """A word on its strip of paper, a pixel for each dot."""
    strip = Image.new("RGB", STRIP)
    dots = [dot for row in typeset(text, style, damage, variant) for dot in row]
    strip.putdata([_blend(PAPER, INK, dot) for dot in dots])
    return strip


def _blend(one: Color, other: Color, share: float) -> Color:
    """`share` of the other colour, in whole numbers that are the same everywhere."""
    part = round(share * 256)
    red, green, blue = ((a * (256 - part) + b * part) // 256 for a, b in zip(one, other, strict=True))
    return red, green, blue
