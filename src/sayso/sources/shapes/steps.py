"""Procedures in four to six pictures: a picture grows by one shape a step, and the tray below it holds the next one.

The texts alone (`add a red star.`) come in no order of their own; each picture shows what has been added, and what is to come
next lies on its tray. Goal and method are drawn freely and tell nothing of the steps. Stands in for WikiHow.
"""

from itertools import product

from PIL import Image, ImageDraw

from sayso.records import Step
from sayso.sources.shapes._kinds import Facts, chance_of, kind_of_scene, media_of
from sayso.sources.shapes.draw import BACKGROUND, thing_sprite
from sayso.sources.shapes.scene import COLORS, SHAPES, Spec

__all__ = ["Steps"]

GOALS = (
    "make a birthday card",
    "decorate a poster",
    "design a flag",
    "lay a pattern",
    "fill a picture frame",
    "make a place mat",
)
METHODS = ("with paint", "with coloured paper", "with stamps", "with felt", "with stickers", "with tiles")
MIN_STEPS, MAX_STEPS = 4, 6
TRAY, RIM = (206, 210, 216), (120, 126, 136)
Piece = tuple[str, str]
PIECES: tuple[Piece, ...] = tuple(product(COLORS, SHAPES))


@kind_of_scene("steps")
class Steps:
    """Steps with a picture each, labels goal and method, elsewhere steps of other procedures."""

    def tell(self, spec: Spec, index: int) -> Facts:
        """See the class."""
        pieces, chance = [piece for piece, _ in _plan(spec, index)], chance_of(spec, index, "words")
        others = chance.sample([piece for piece in PIECES if piece not in pieces], 4)
        return Facts(
            media=media_of(spec, index, count=len(pieces)),
            steps=tuple(Step(text=_say(piece), medium=medium) for medium, piece in enumerate(pieces)),
            labels={"goal": chance.choice(GOALS), "method": chance.choice(METHODS)},
            vocabulary={"goal": GOALS, "method": METHODS, "step": SAYINGS},
            elsewhere={"steps": tuple(map(_say, others))},
        )

    def draw(self, spec: Spec, index: int, medium: int) -> Image.Image:
        """See the class."""
        plan, pitch = _plan(spec, index), spec.size // 3
        picture = Image.new("RGB", (spec.size, spec.size), BACKGROUND)
        ImageDraw.Draw(picture).rectangle((0, 2 * pitch, spec.size, spec.size), fill=TRAY)
        ImageDraw.Draw(picture).rectangle((0, 2 * pitch, spec.size, 2 * pitch + max(1, pitch // 16) - 1), fill=RIM)
        for piece, cell in plan[: medium + 1]:
            _put(picture, piece, ((cell % 3) * pitch, (cell // 3) * pitch), pitch)
        if medium + 1 < len(plan):
            _put(picture, plan[medium + 1][0], (pitch, 2 * pitch), pitch)
        return picture


def _plan(spec: Spec, index: int) -> list[tuple[Piece, int]]:
    """What is added in each step, and the cell of the upper two rows where it goes."""
    chance = chance_of(spec, index, "look")
    count = MIN_STEPS + chance.below(MAX_STEPS - MIN_STEPS + 1)
    return list(zip(chance.sample(PIECES, count), chance.sample(range(6), count), strict=True))


def _put(picture: Image.Image, piece: Piece, corner: tuple[int, int], pitch: int) -> None:
    color, shape = piece
    side = pitch * 3 // 4
    sprite = thing_sprite(shape, color, "plain", side)
    margin = (pitch - side) // 2
    picture.paste(sprite, (corner[0] + margin, corner[1] + margin), sprite)


def _say(piece: Piece) -> str:
    return f"add a {piece[0]} {piece[1]}."


SAYINGS = tuple(map(_say, PIECES))
