"""Tools: two to four in a picture, each of another colour. What one can do with them must be known; which are there must be seen."""

from collections.abc import Callable, Mapping
from functools import cache

from PIL import Image

from sayso.records import Phrase, Question
from sayso.seeds import Stream
from sayso.sources.shapes._kinds import Facts, chance_of, kind_of_scene, media_of
from sayso.sources.shapes.canvas import Canvas
from sayso.sources.shapes.draw import BACKGROUND, PALETTE, Color
from sayso.sources.shapes.pictograms import HUES, POSITIONS, Pictogram, paste_all, place, say_all, see
from sayso.sources.shapes.scene import Spec

__all__ = ["tool_sprite", "Tools", "USES"]

USES: Mapping[str, str] = {
    "clock": "tell the time",
    "cup": "drink some tea",
    "hammer": "drive in a nail",
    "key": "open a lock",
    "ladder": "climb to a roof",
    "lamp": "light up a room",
    "scissors": "cut some paper",
    "umbrella": "stay dry in rain",
}
NAMES = tuple(USES)
VOCABULARY = {"label": NAMES, "use": tuple(USES.values()), "color": HUES, "position": POSITIONS}


@kind_of_scene("tools")
class Tools:
    """Objects, captions, phrases, questions of the kind `utility`: in words and by pointing."""

    def tell(self, spec: Spec, index: int) -> Facts:
        """See the class."""
        tools, chance = _tools(spec, index), chance_of(spec, index, "words")
        objects = tuple(see(spec, one, label=one.what) for one in tools)
        boxes = tuple(seen.region for seen in objects if seen.region)
        pairs = list(zip(tools, boxes, strict=True))
        pointed, box = chance.choice(pairs)
        pointing = Question(
            text=f"which thing helps to {USES[pointed.what]}?", kind="utility", boxes=boxes, answer_box=box
        )
        return Facts(
            media=media_of(spec, index),
            objects=objects,
            captions=(_caption(tools),),
            questions=(*_questions(tools, chance), pointing),
            phrases=tuple(Phrase(text=_name(one), region=region, unique=True) for one, region in pairs),
            vocabulary=VOCABULARY,
            elsewhere=_elsewhere(spec, tools, chance),
        )

    def draw(self, spec: Spec, index: int, medium: int) -> Image.Image:
        """See the class."""
        return paste_all(spec, _tools(spec, index), tool_sprite)


def _tools(spec: Spec, index: int) -> tuple[Pictogram, ...]:
    return _draw_tools(spec, chance_of(spec, index, "look"))


def _draw_tools(spec: Spec, chance: Stream) -> tuple[Pictogram, ...]:
    return place(spec, chance, chance.sample(NAMES, 2 + chance.below(3)), HUES)


def _name(one: Pictogram) -> str:
    return f"{one.color} pair of scissors" if one.what == "scissors" else f"{one.color} {one.what}"


def _caption(tools: tuple[Pictogram, ...]) -> str:
    return say_all([_name(one) for one in tools]) + "."


def _questions(tools: tuple[Pictogram, ...], chance: Stream) -> tuple[Question, ...]:
    one, other = chance.choice(tools), chance.choice(tools)
    what_for = _ask(f"what can you do with the {one.color} thing?", USES[one.what], tuple(USES.values()))
    return what_for, _ask(f"what color is the thing that helps to {USES[other.what]}?", other.color, HUES)


def _ask(text: str, answer: str, options: tuple[str, ...]) -> Question:
    return Question(text=text, answers=(answer,), options=options, kind="utility")


def _elsewhere(spec: Spec, tools: tuple[Pictogram, ...], chance: Stream) -> dict[str, tuple[str, ...]]:
    """Captions of tools that are not here, and the item's questions about tools that are not here."""
    seen = {(one.what, one.color) for one in tools}
    captions: list[str] = []
    while len(captions) < 4:
        others = _draw_tools(spec, chance)
        if any((one.what, one.color) not in seen for one in others):
            captions.append(_caption(others))
    color = chance.choice([color for color in HUES if color not in {one.color for one in tools}])
    tool = chance.choice([name for name in NAMES if name not in {one.what for one in tools}])
    questions = (f"what can you do with the {color} thing?", f"what color is the thing that helps to {USES[tool]}?")
    return {"captions": tuple(captions), "questions": questions}


@cache
def tool_sprite(tool: str, color: str, side: int) -> Image.Image:
    """A tool in a square of `side` pixels."""
    canvas = Canvas(side, units=20)
    STROKES[tool](canvas, PALETTE[color])
    return canvas.done()


def _clock(canvas: Canvas, ink: Color) -> None:
    canvas.oval((0, 0), (20, 20), ink)
    canvas.oval((2.4, 2.4), (17.6, 17.6), BACKGROUND)
    canvas.line([(10, 4), (10, 10.6), (14.4, 12.8)], ink, width=1.8)


def _cup(canvas: Canvas, ink: Color) -> None:
    canvas.oval((10, 3), (20, 14), ink)
    canvas.oval((12.4, 5.4), (17.6, 11.6), BACKGROUND)
    canvas.poly([(0, 0), (15, 0), (13.5, 16), (1.5, 16)], ink)
    canvas.box((0, 17.6), (15, 20), ink)


def _hammer(canvas: Canvas, ink: Color) -> None:
    canvas.box((7.4, 4), (11, 20), ink)
    canvas.box((0, 0), (14, 6.4), ink)
    canvas.poly([(14, 0.6), (20, 4), (20, 6.4), (14, 6.4)], ink)


def _key(canvas: Canvas, ink: Color) -> None:
    canvas.line([(5, 5), (18.8, 18.8)], ink, width=2.6)
    canvas.line([(17.2, 17.2), (20, 14.4)], ink, width=2.4)
    canvas.line([(13.4, 13.4), (16.6, 10.2)], ink, width=2.4)
    canvas.box((18, 18), (20, 20), ink)
    canvas.oval((0, 0), (10, 10), ink)
    canvas.oval((2.8, 2.8), (7.2, 7.2), BACKGROUND)


def _ladder(canvas: Canvas, ink: Color) -> None:
    canvas.poly([(4.5, 0), (7, 0), (2.6, 20), (0, 20)], ink)
    canvas.poly([(15.5, 0), (13, 0), (17.4, 20), (20, 20)], ink)
    for y, half in ((2, 4.6), (6.6, 5.6), (11.2, 6.6), (15.8, 7.6)):
        canvas.box((10 - half, y), (10 + half, y + 1.8), ink)


def _lamp(canvas: Canvas, ink: Color) -> None:
    canvas.poly([(5, 0), (15, 0), (20, 10), (0, 10)], ink)
    canvas.box((8.8, 10), (11.2, 18), ink)
    canvas.poly([(8, 16.6), (12, 16.6), (16, 20), (4, 20)], ink)


def _scissors(canvas: Canvas, ink: Color) -> None:
    canvas.poly([(2, 0), (4.6, 0), (14.6, 13), (12, 14.6)], ink)
    canvas.poly([(18, 0), (15.4, 0), (5.4, 13), (8, 14.6)], ink)
    for x in (0, 11.6):
        canvas.oval((x, 11.2), (x + 8.4, 20), ink)
        canvas.oval((x + 2.3, 13.4), (x + 6.1, 17.8), BACKGROUND)


def _umbrella(canvas: Canvas, ink: Color) -> None:
    canvas.oval((0, 0), (20, 21), ink)
    canvas.box((0, 10.4), (20, 21), BACKGROUND)
    for x in (0.8, 7.3, 13.8):
        canvas.oval((x, 8.4), (x + 5.4, 12.6), BACKGROUND)
    canvas.box((9, 9), (11, 18), ink)
    canvas.arc((9, 13), (15.6, 20), ink, degrees=(0, 180), width=2)


STROKES: Mapping[str, Callable[[Canvas, Color], None]] = {
    "clock": _clock,
    "cup": _cup,
    "hammer": _hammer,
    "key": _key,
    "ladder": _ladder,
    "lamp": _lamp,
    "scissors": _scissors,
    "umbrella": _umbrella,
}
