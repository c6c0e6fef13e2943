"""Eight sports, told by their fields and gear; the player is the same in all of them."""

from collections.abc import Callable, Mapping

from PIL import Image

from sayso.seeds import Stream
from sayso.sources.shapes._kinds import Facts, chance_of, kind_of_scene, media_of
from sayso.sources.shapes.canvas import Canvas, flip
from sayso.sources.shapes.draw import PALETTE
from sayso.sources.shapes.pictograms import TINTS
from sayso.sources.shapes.scene import Spec
from sayso.sources.shapes.settings import GRASS, INK, SEA, SKIES, WHITE, Pose, draw_person, draw_weather
from sayso.sources.shapes.whole import Subject, captions_elsewhere, questions_about

__all__ = ["Sports", "SPORTS"]

PLAYER = Pose(
    (0, -17),
    (((0, -14), (0, -7)), ((0, -7), (-3, 0.5)), ((0, -7), (4, 0.5)), ((0, -12.5), (-5, -10)), ((0, -12.5), (5, -14))),
)
BALL, WOOD, ICE = (235, 120, 30), (206, 150, 92), (240, 248, 255)


@kind_of_scene("sports")
class Sports:
    """Label sport, captions, questions of the kind `sport`."""

    def tell(self, spec: Spec, index: int) -> Facts:
        """See the class."""
        (sport, shirt), chance = _facts(chance_of(spec, index, "look")), chance_of(spec, index, "words")
        caption = _caption(sport, shirt)
        return Facts(
            media=media_of(spec, index),
            captions=(caption,),
            questions=questions_about({SPORT: sport}, chance),
            labels={"sport": sport},
            vocabulary={"sport": SPORTS},
            elsewhere={"captions": captions_elsewhere(caption, lambda: _caption(*_facts(chance)))},
        )

    def draw(self, spec: Spec, index: int, medium: int) -> Image.Image:
        """See the class."""
        chance = chance_of(spec, index, "look")
        sport, shirt = _facts(chance)
        canvas = Canvas(spec.size, ground=chance.choice(SKIES))
        draw_weather(canvas, chance)
        x = 13 + chance.below(9)
        FIELDS[sport](canvas, chance)
        draw_person(canvas, PLAYER, (x, 43), shirt=PALETTE[shirt])
        return flip(canvas.done(), chance)


def _facts(chance: Stream) -> tuple[str, str]:
    return chance.choice(SPORTS), chance.choice(TINTS)


def _caption(sport: str, shirt: str) -> str:
    return f"a person in {shirt} at {sport}."


def _ball(canvas: Canvas, at: tuple[float, float], radius: float, color: tuple[int, int, int]) -> None:
    x, y = at
    canvas.oval((x - radius - 0.6, y - radius - 0.6), (x + radius + 0.6, y + radius + 0.6), INK)
    canvas.oval((x - radius, y - radius), (x + radius, y + radius), color)


def _archery(canvas: Canvas, chance: Stream) -> None:
    canvas.box((0, 30), (48, 48), GRASS)
    y = 20 + chance.below(5)
    canvas.line([(38, y), (34, 46)], WOOD, width=1.6)
    canvas.line([(38, y), (42, 46)], WOOD, width=1.6)
    for radius, color in ((9, WHITE), (6.6, PALETTE["blue"]), (4.4, PALETTE["red"]), (2, PALETTE["yellow"])):
        _ball(canvas, (38, y), radius, color)


def _basketball(canvas: Canvas, chance: Stream) -> None:
    canvas.box((0, 0), (48, 48), (236, 226, 206))
    canvas.box((0, 36), (48, 48), WOOD)
    canvas.box((44, 4), (46, 40), INK)
    canvas.box((31, 3), (45, 14), WHITE)
    canvas.line([(31, 3), (45, 3), (45, 14), (31, 14), (31, 3)], PALETTE["red"], width=1.2)
    canvas.line([(32, 15), (43, 15)], BALL, width=1.6)
    canvas.line([(33, 15), (35, 21), (40, 21), (42, 15)], WHITE, width=1.2)
    _ball(canvas, (26 + chance.below(4), 14 + chance.below(12)), 3, BALL)


def _bowling(canvas: Canvas, chance: Stream) -> None:
    canvas.box((0, 0), (48, 48), (90, 70, 110))
    canvas.box((0, 34), (48, 48), WOOD)
    for x in (33, 38.5, 44):
        canvas.oval((x - 2.4, 33), (x + 2.4, 45), WHITE)
        canvas.oval((x - 1.6, 27), (x + 1.6, 34), WHITE)
        canvas.box((x - 1.2, 32), (x + 1.2, 33.4), PALETTE["red"])
    _ball(canvas, (26 + chance.below(3), 42), 3.4, INK)


def _football(canvas: Canvas, chance: Stream) -> None:
    canvas.box((0, 28), (48, 48), GRASS)
    for x in range(31, 47, 4):
        canvas.line([(x, 14), (x, 38)], (190, 190, 196), width=0.6)
    for y in range(18, 38, 4):
        canvas.line([(30, y), (46, y)], (190, 190, 196), width=0.6)
    canvas.line([(30, 39), (30, 14), (46, 14), (46, 39)], WHITE, width=2)
    _ball(canvas, (26 + chance.below(5), 43), 2.6, WHITE)


def _golf(canvas: Canvas, chance: Stream) -> None:
    canvas.oval((-10, 28), (58, 70), GRASS)
    x = 34 + chance.below(8)
    canvas.line([(x, 40), (x, 14)], WHITE, width=1.2)
    canvas.poly([(x, 13), (x - 9, 16.5), (x, 20)], PALETTE["red"])
    canvas.oval((x - 4, 39), (x + 4, 42), INK)
    canvas.oval((26, 43), (28.6, 45.6), WHITE)


def _skiing(canvas: Canvas, chance: Stream) -> None:
    canvas.poly([(0, 34), (48, 42), (48, 48), (0, 48)], ICE)
    canvas.poly([(22, 38), (38, 8 + chance.below(4)), (56, 42)], ICE)
    canvas.box((0, 43), (48, 48), ICE)
    canvas.line([(4, 44.4), (33, 44.4), (36, 42)], PALETTE["red"], width=1.8)
    canvas.line([(27, 28), (31, 44)], INK, width=1)
    canvas.line([(6, 31), (3, 44)], INK, width=1)


def _swimming(canvas: Canvas, chance: Stream) -> None:
    canvas.box((0, 10), (48, 48), SEA)
    canvas.box((0, 6), (48, 10), WHITE)
    start = chance.below(6)
    for y in (17, 27, 37):
        for x in range(start - 6, 48, 6):
            canvas.box((x, y), (x + 3, y + 1.8), PALETTE["red"])
            canvas.box((x + 3, y), (x + 6, y + 1.8), WHITE)


def _tennis(canvas: Canvas, chance: Stream) -> None:
    canvas.box((0, 24), (48, 48), (196, 98, 60))
    canvas.line([(0, 45), (48, 45)], WHITE, width=1)
    canvas.box((34, 22), (36, 45), INK)
    for y in range(25, 43, 3):
        canvas.line([(36, y), (48, y)], WHITE, width=0.8)
    for x in (38, 42, 46):
        canvas.line([(x, 24), (x, 42)], WHITE, width=0.8)
    canvas.oval((25.5, 20), (32.5, 29.4), INK)
    canvas.oval((27, 21.5), (31, 27.9), WHITE)
    canvas.line([(27, 28), (23, 32)], INK, width=1.6)
    _ball(canvas, (28 + chance.below(5), 10 + chance.below(5)), 1.8, (214, 240, 60))


FIELDS: Mapping[str, Callable[[Canvas, Stream], None]] = {
    "archery": _archery,
    "basketball": _basketball,
    "bowling": _bowling,
    "football": _football,
    "golf": _golf,
    "skiing": _skiing,
    "swimming": _swimming,
    "tennis": _tennis,
}
SPORTS = tuple(FIELDS)
SPORT = Subject(
    "sport", SPORTS, ("which sport is this?", "what sport is being played?", "what game or sport is shown?")
)
