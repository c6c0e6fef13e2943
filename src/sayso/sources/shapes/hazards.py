"""A house, and what befalls it: the seven classes of disaster of MEDIC (Alam et al. 2023), drawn."""

from collections.abc import Callable, Mapping

from PIL import Image

from sayso.seeds import Stream
from sayso.sources.shapes._kinds import Facts, chance_of, kind_of_scene, media_of
from sayso.sources.shapes.canvas import Canvas, flip
from sayso.sources.shapes.draw import PALETTE, Color
from sayso.sources.shapes.pictograms import TINTS
from sayso.sources.shapes.scene import Spec
from sayso.sources.shapes.settings import GRASS, INK, SKIES, draw_weather
from sayso.sources.shapes.whole import captions_elsewhere

__all__ = ["DISASTERS", "Hazards"]

SMOKE, WATER, EARTH, STORM = (120, 116, 112), (44, 112, 176), (120, 82, 48), (86, 92, 108)
FLAMES: tuple[Color, ...] = ((226, 60, 20), (250, 150, 20), (255, 226, 80))


@kind_of_scene("hazards")
class Hazards:
    """Label disaster and captions."""

    def tell(self, spec: Spec, index: int) -> Facts:
        """See the class."""
        (disaster, roof), chance = _facts(chance_of(spec, index, "look")), chance_of(spec, index, "words")
        caption = _caption(disaster, roof)
        return Facts(
            media=media_of(spec, index),
            captions=(caption,),
            labels={"disaster": disaster},
            vocabulary={"disaster": DISASTERS},
            elsewhere={"captions": captions_elsewhere(caption, lambda: _caption(*_facts(chance)))},
        )

    def draw(self, spec: Spec, index: int, medium: int) -> Image.Image:
        """See the class."""
        chance = chance_of(spec, index, "look")
        disaster, roof = _facts(chance)
        canvas = Canvas(spec.size, ground=chance.choice(SKIES))
        canvas.box((0, 34), (48, 48), GRASS)
        draw_weather(canvas, chance)
        DRAWN[disaster](canvas, 10 + chance.below(12), PALETTE[roof])
        return flip(canvas.done(), chance)


def _facts(chance: Stream) -> tuple[str, str]:
    return chance.choice(DISASTERS), chance.choice(TINTS)


def _caption(disaster: str, roof: str) -> str:
    return f"a house with a {roof} roof, {SAID[disaster]}."


def _house(canvas: Canvas, x: float, roof: Color, *, lean: float = 0, sunk: float = 0) -> None:
    """A house whose walls start at `x`, its top pushed aside by `lean` and all of it down by `sunk`."""
    low, high = 40 + sunk, 26 + sunk
    canvas.poly([(x, low), (x + lean, high), (x + 18 + lean, high), (x + 18, low)], (240, 228, 204))
    canvas.poly([(x - 2 + lean, high), (x + 9 + lean * 1.6, 16 + sunk), (x + 20 + lean, high)], roof)
    canvas.poly([(x + 7, low), (x + 7 + lean * 0.6, low - 8), (x + 11 + lean * 0.6, low - 8), (x + 11, low)], EARTH)
    canvas.box((x + 2.5 + lean * 0.7, high + 3), (x + 6 + lean * 0.7, high + 6.5), (90, 140, 190))
    canvas.box((x + 12.5 + lean * 0.7, high + 3), (x + 16 + lean * 0.7, high + 6.5), (90, 140, 190))


def _calm(canvas: Canvas, x: float, roof: Color) -> None:
    canvas.oval((38, 3), (45, 10), (255, 220, 60))
    _house(canvas, x, roof)


def _earthquake(canvas: Canvas, x: float, roof: Color) -> None:
    _house(canvas, x, roof, lean=6)
    for shift, width in ((0, 2.4), (20, 1.8)):
        points = [(x - 8 + shift, 48.0), (x - 2 + shift, 43.0), (x - 6 + shift, 39.0), (x + 1 + shift, 34.0)]
        canvas.line(points, INK, width=width)
    canvas.line([(x + 4, 26), (x + 10, 31), (x + 7, 35), (x + 12, 40)], INK, width=1.4)
    for a, b in ((-6, 37), (22, 38), (26, 42)):
        canvas.poly([(x + a, b), (x + a + 4, b + 1), (x + a + 3, b + 4), (x + a - 1, b + 4)], (170, 160, 146))


def _fire(canvas: Canvas, x: float, roof: Color) -> None:
    for a, b, radius in ((2, 10, 5), (9, 5, 6), (16, 9, 5)):
        canvas.oval((x + a - radius, b - radius), (x + a + radius, b + radius), SMOKE)
    _house(canvas, x, roof)
    for place, color in enumerate(FLAMES):
        for a in (0, 9, 18):
            half, top = 5 - 1.4 * place, 9 + 5 * place
            canvas.poly([(x + a - half, 29), (x + a - half / 2, top + 6), (x + a, top), (x + a + half, 29)], color)


def _flood(canvas: Canvas, x: float, roof: Color) -> None:
    _house(canvas, x, roof)
    canvas.box((0, 32), (48, 48), WATER)
    for y in (35, 40, 45):
        points = [(float(a), y + (a // 4) % 2 * 1.6) for a in range(0, 52, 4)]
        canvas.line(points, (150, 200, 236), width=1)


def _hurricane(canvas: Canvas, x: float, roof: Color) -> None:
    canvas.box((0, 0), (48, 34), STORM)
    _house(canvas, x, roof)
    middle = x + 30 if x < 16 else x - 10
    for step in range(9):
        half = 11 - step * 1.1
        canvas.oval((middle - half, 2 + step * 4), (middle + half, 6.4 + step * 4), (190, 194, 204))
        canvas.arc((middle - half, 2 + step * 4), (middle + half, 6.4 + step * 4), INK, degrees=(0, 160), width=0.8)


def _landslide(canvas: Canvas, x: float, roof: Color) -> None:
    _house(canvas, x, roof)
    canvas.poly([(48, 4), (48, 48), (x + 1, 48), (x + 5, 36), (x + 14, 26), (x + 20, 18)], EARTH)
    for a, b, radius in ((3, 44, 2.6), (11, 36, 3), (18, 27, 2.6), (20, 42, 3.4), (24, 18, 2.4)):
        canvas.oval((x + a - radius, b - radius), (x + a + radius, b + radius), (164, 124, 84))


def _other(canvas: Canvas, x: float, roof: Color) -> None:
    _house(canvas, x, roof)
    canvas.poly([(48, 8), (30, 0), (x + 17, 20), (x + 15, 29)], FLAMES[1])
    canvas.poly([(48, 2), (38, 0), (x + 17, 22), (x + 16, 26)], FLAMES[2])
    canvas.oval((x + 8, 18), (x + 20, 30), (70, 60, 60))
    canvas.oval((x + 10, 20), (x + 14, 24), (110, 100, 96))


DRAWN: Mapping[str, Callable[[Canvas, float, Color], None]] = {
    "earthquake": _earthquake,
    "fire": _fire,
    "flood": _flood,
    "hurricane": _hurricane,
    "landslide": _landslide,
    "other disaster": _other,
    "no disaster": _calm,
}
DISASTERS = tuple(DRAWN)
SAID: Mapping[str, str] = {
    "earthquake": "cracked by an earthquake",
    "fire": "burning in a fire",
    "flood": "standing in a flood",
    "hurricane": "beside a hurricane",
    "landslide": "under a landslide",
    "other disaster": "struck by a meteor",
    "no disaster": "on a quiet day",
}
