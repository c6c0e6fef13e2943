"""Places with a person who does something there: eight backdrops times six activities, each drawn on its own.

What the person does says nothing about the place, so neither question can be answered from the other.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import NamedTuple

from PIL import Image

from sayso.seeds import Stream
from sayso.sources.shapes._kinds import Facts, chance_of, kind_of_scene, media_of
from sayso.sources.shapes.canvas import Canvas, Point, flip
from sayso.sources.shapes.draw import Color
from sayso.sources.shapes.scene import Spec
from sayso.sources.shapes.whole import Subject, captions_elsewhere, questions_about

__all__ = [
    "ACTIVITIES",
    "draw_person",
    "draw_weather",
    "GRASS",
    "INK",
    "PLACES",
    "Pose",
    "SEA",
    "Settings",
    "SKIES",
    "WHITE",
]

PLACES: Mapping[str, str] = {
    "beach": "on a beach",
    "city": "in a city at night",
    "desert": "in a desert",
    "farm": "on a farm",
    "forest": "in a forest",
    "mountains": "in the mountains",
    "sea floor": "on the sea floor",
    "snow": "in the snow",
}
SCENE = Subject(
    "scene", tuple(PLACES), ("what place is this?", "where was this picture taken?", "what is in the background?")
)
SKIES = ((150, 205, 245), (176, 220, 250), (134, 190, 236), (190, 214, 240), (160, 214, 230), (204, 216, 250))
INK, WHITE = (20, 20, 24), (255, 255, 255)
FLOWERS = ((250, 240, 120), (250, 170, 200), (255, 255, 255), (190, 140, 230))
GRASS, SAND, SEA = (104, 176, 84), (238, 208, 140), (40, 120, 200)


class Pose(NamedTuple):
    """A stick figure: the middle of its head, and lines; one unit is a 48th of the picture, the feet are at 0, 0."""

    head: Point
    lines: tuple[tuple[Point, ...], ...]


POSES: Mapping[str, Pose] = {
    "sleeping": Pose((-9, -2.5), (((-6, -2), (3, -2), (10, -1)), ((-2, -2), (2, -4)), ((3, -2), (10, -3.2)), ((-12, 0.5), (12, 0.5)))),
    "sitting": Pose((-1, -15), (((-1, -12), (-1, -5)), ((-1, -5), (5, -5), (5, 0.5)), ((-1, -10), (4, -7)), ((-3, -4), (-3, 0.5)), ((-4, -4), (2, -4)))),
    "running": Pose((4, -17), (((3, -14), (0, -7)), ((0, -7), (6, -5), (4, 0)), ((0, -7), (-3, -2), (-9, -3)), ((2.5, -12), (8, -9), (10, -12)), ((2.5, -12), (-4, -12), (-5, -8)))),
    "waving": Pose((0, -17), (((0, -14), (0, -7)), ((0, -7), (-3, 0.5)), ((0, -7), (3, 0.5)), ((0, -12.5), (-4, -7)), ((0, -12.5), (6, -15), (7, -21)))),
    "jumping": Pose((0, -23), (((0, -20), (0, -13)), ((0, -13), (-6, -11), (-4, -7)), ((0, -13), (6, -11), (4, -7)), ((0, -18), (-8, -22)), ((0, -18), (8, -22)), ((-5, 0.5), (5, 0.5)))),
    "carrying a box": Pose((0, -15), (((0, -12), (0, -6)), ((0, -6), (-3, 0.5)), ((0, -6), (3, 0.5)), ((0, -11), (-6, -13), (-5, -19)), ((0, -11), (6, -13), (5, -19)), ((-7, -19.5), (7, -19.5), (7, -25), (-7, -25), (-7, -19.5)), ((-7, -22), (7, -22)))),
}  # fmt: skip
ACTIVITIES = tuple(POSES)
ACTIVITY = Subject(
    "activity", ACTIVITIES, ("what is the person doing?", "what does the person do?", "what activity is this?")
)
VOCABULARY = {"scene": tuple(PLACES), "activity": ACTIVITIES}


@kind_of_scene("settings")
class Settings:
    """Labels scene and activity, captions, questions of the kinds `scene` and `activity`."""

    def tell(self, spec: Spec, index: int) -> Facts:
        """See the class."""
        (place, activity), chance = _facts(chance_of(spec, index, "look")), chance_of(spec, index, "words")
        caption = _caption(place, activity)
        return Facts(
            media=media_of(spec, index),
            captions=(caption,),
            questions=questions_about({SCENE: place, ACTIVITY: activity}, chance),
            labels={"scene": place, "activity": activity},
            vocabulary=VOCABULARY,
            elsewhere={"captions": captions_elsewhere(caption, lambda: _caption(*_facts(chance)))},
        )

    def draw(self, spec: Spec, index: int, medium: int) -> Image.Image:
        """See the class."""
        chance = chance_of(spec, index, "look")
        place, activity = _facts(chance)
        canvas = Canvas(spec.size, ground=chance.choice(SKIES))
        draw_weather(canvas, chance)
        BACKDROPS[place](canvas, chance)
        draw_person(canvas, POSES[activity], (14 + chance.below(21), 43 + chance.below(3)))
        return flip(canvas.done(), chance)


def _facts(chance: Stream) -> tuple[str, str]:
    return chance.choice(tuple(PLACES)), chance.choice(ACTIVITIES)


def _caption(place: str, activity: str) -> str:
    return f"a person {activity} {PLACES[place]}."


def draw_weather(canvas: Canvas, chance: Stream) -> None:
    """Clouds and flowers that mean nothing: no two pictures are the same."""
    for _ in range(1 + chance.below(3)):
        x, y, wide = chance.below(44), chance.below(12), 6 + chance.below(7)
        canvas.oval((x, y), (x + wide, y + 3.6), WHITE)
        canvas.oval((x + wide / 4, y - 1.6), (x + wide * 3 / 4, y + 3), WHITE)
    for _ in range(4):
        x, y = chance.below(47), 36 + chance.below(11)
        canvas.oval((x, y), (x + 1.8, y + 1.8), FLOWERS[chance.below(len(FLOWERS))])


def draw_person(canvas: Canvas, pose: Pose, feet: Point, *, shirt: Color = INK) -> None:
    """A stick figure with a light rim, so that it stands out before anything; its body is in the colour of the shirt."""
    x, y = feet
    placed = [[(x + a, y + b) for a, b in line] for line in pose.lines]
    head_x, head_y = x + pose.head[0], y + pose.head[1]
    for color, more in ((WHITE, 1.2), (INK, 0)):
        for place, line in enumerate(placed):
            canvas.line(line, shirt if place == 0 and color == INK else color, width=1.8 + more)
        radius = 2.7 + more / 2
        canvas.oval((head_x - radius, head_y - radius), (head_x + radius, head_y + radius), color)


def _ground(canvas: Canvas, top: float, color: Color) -> None:
    canvas.box((0, top), (48, 48), color)


def _sun(canvas: Canvas, chance: Stream) -> None:
    x = 5 + chance.below(34)
    canvas.oval((x, 3), (x + 7, 10), (255, 220, 60))


def _beach(canvas: Canvas, chance: Stream) -> None:
    _sun(canvas, chance)
    canvas.box((0, 18), (48, 30), SEA)
    _ground(canvas, 29, SAND)
    x = 4 + chance.below(38)
    canvas.line([(x, 32), (x + 2, 16)], (130, 84, 40), width=2)
    for a, b in ((-6, 1), (-4, -4), (5, -4), (8, 1)):
        canvas.line([(x + 2, 16), (x + 2 + a, 16 + b)], (30, 130, 60), width=2)


@cache
def _windows(seed: int) -> tuple[bool, ...]:
    chance = Stream("windows", seed)
    return tuple(chance.below(3) > 0 for _ in range(60))


def _city(canvas: Canvas, chance: Stream) -> None:
    canvas.box((0, 0), (48, 48), (24, 28, 66))
    canvas.oval((38, 3), (44, 9), (240, 236, 200))
    lit = iter(_windows(chance.below(64)))
    for x, top in ((0, 16), (10, 8), (20, 20), (29, 12), (39, 18)):
        canvas.box((x, top + chance.below(3)), (x + 8.4, 48), (70, 72, 92))
        for row in range(top + 4, 36, 4):
            for column in (x + 1.5, x + 5):
                if next(lit, True):
                    canvas.box((column, row), (column + 2, row + 2), (255, 214, 90))
    _ground(canvas, 41, (44, 44, 50))


def _desert(canvas: Canvas, chance: Stream) -> None:
    canvas.box((0, 0), (48, 30), (252, 206, 140))
    _sun(canvas, chance)
    canvas.oval((-14, 22), (34, 52), (226, 168, 92))
    canvas.oval((16, 25), (66, 56), (214, 150, 78))
    _ground(canvas, 38, (232, 180, 104))
    x = 6 + chance.below(34)
    for line in ([(x, 40), (x, 22)], [(x, 34), (x - 5, 34), (x - 5, 28)], [(x, 31), (x + 5, 31), (x + 5, 25)]):
        canvas.line(line, (36, 120, 60), width=2.6)


def _farm(canvas: Canvas, chance: Stream) -> None:
    _ground(canvas, 26, GRASS)
    for y in (31, 35, 39, 43):
        canvas.box((0, y), (48, y + 1.6), (150, 110, 56))
    x = 3 + chance.below(24)
    canvas.box((x, 15), (x + 15, 29), (178, 40, 40))
    canvas.poly([(x - 2, 15), (x + 7.5, 7), (x + 17, 15)], (90, 90, 96))
    canvas.box((x + 5, 20), (x + 10, 29), WHITE)


def _forest(canvas: Canvas, chance: Stream) -> None:
    _ground(canvas, 32, (70, 110, 50))
    for start in range(0, 48, 9):
        x, top = start + chance.below(5), 4 + chance.below(7)
        canvas.box((x + 2, 24), (x + 4.4, 38), (98, 64, 34))
        canvas.poly([(x + 3.2, top), (x + 9, top + 13), (x - 2.6, top + 13)], (28, 110, 56))
        canvas.poly([(x + 3.2, top + 7), (x + 10, top + 23), (x - 3.6, top + 23)], (20, 92, 46))


def _mountains(canvas: Canvas, chance: Stream) -> None:
    for middle, top in ((10, 8), (36, 12), (24, 5)):
        x = middle + chance.below(5) - 2
        canvas.poly([(x, top), (x + 19, 38), (x - 19, 38)], (112, 112, 124))
        canvas.poly([(x, top), (x + 5, top + 8.6), (x + 1, top + 7), (x - 5, top + 8.6)], WHITE)
    _ground(canvas, 36, (96, 150, 84))


def _sea_floor(canvas: Canvas, chance: Stream) -> None:
    canvas.box((0, 0), (48, 48), (20, 104, 168))
    _ground(canvas, 40, (212, 190, 132))
    for _ in range(3):
        x, y = 4 + chance.below(34), 5 + chance.below(18)
        canvas.oval((x, y), (x + 7, y + 4), (255, 150, 50))
        canvas.poly([(x + 6, y + 2), (x + 9.5, y - 0.5), (x + 9.5, y + 4.5)], (255, 150, 50))
    for x in (4 + chance.below(6), 38 + chance.below(6)):
        canvas.line([(x, 41), (x + 2, 35), (x - 1, 30), (x + 2, 24)], (30, 150, 80), width=2)


def _snow(canvas: Canvas, chance: Stream) -> None:
    canvas.box((0, 0), (48, 48), (170, 188, 206))
    _ground(canvas, 30, (246, 250, 255))
    x = 5 + chance.below(34)
    for y, radius in ((30, 5), (22.5, 3.6)):
        canvas.oval((x - radius, y - radius), (x + radius, y + radius), WHITE)
    canvas.line([(x, 22.5), (x + 4, 23)], (250, 130, 30), width=1.4)
    for _ in range(22):
        a, b = chance.below(47), chance.below(30)
        canvas.oval((a, b), (a + 1.6, b + 1.6), WHITE)


BACKDROPS: Mapping[str, Callable[[Canvas, Stream], None]] = {
    "beach": _beach,
    "city": _city,
    "desert": _desert,
    "farm": _farm,
    "forest": _forest,
    "mountains": _mountains,
    "sea floor": _sea_floor,
    "snow": _snow,
}
