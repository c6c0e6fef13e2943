"""Scenes of shapes of which one lies under a card: what can be told, what can be ruled out, and what cannot be known.

A sentence about the place of the card could be true or not; the same sentence about another place is true or false. So
`unknown` is a matter of the picture and never of the words.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from PIL import Image, ImageDraw

from sayso.records import Statement
from sayso.seeds import Stream
from sayso.sources.shapes._kinds import Facts, chance_of, kind_of_scene, media_of
from sayso.sources.shapes.draw import draw_scene
from sayso.sources.shapes.scene import COLORS, SHAPES, SIZES, TEXTURES, Scene, Spec, make_scene
from sayso.sources.shapes.view import name_cells

__all__ = ["Covered"]

CARD, RIM = (150, 156, 168), (84, 90, 104)
VALUES = {"color": COLORS, "shape": SHAPES, "texture": TEXTURES, "size": SIZES}
PEOPLE = ("Ann", "Ben", "Cleo", "Dan", "Eve", "Finn")
LABELS = ("true", "false", "unknown")


class Point(NamedTuple):
    """A place, one kind of attribute, and the value that is said to be there."""

    place: str
    kind: str
    value: str


@kind_of_scene("covered")
class Covered:
    """Statements of the kinds `entailment` and `claim`: one true, one false, one unknown of each."""

    def tell(self, spec: Spec, index: int) -> Facts:
        """See the class."""
        (scene, card), chance = _scene(spec, index), chance_of(spec, index, "words")
        positions = name_cells(spec.grid)
        drawn = [(label, _draw_point(scene, card, positions, label, chance)) for label in LABELS for _ in range(2)]
        follows = [Statement(text=f"{_claim(point)}.", label=label, kind="entailment") for label, point in drawn[::2]]
        claims = [_check(label, point, chance.choice(PEOPLE)) for label, point in drawn[1::2]]
        chance.shuffle(follows)
        chance.shuffle(claims)
        return Facts(
            media=media_of(spec, index), statements=(*follows, *claims), vocabulary={"position": positions, **VALUES}
        )

    def draw(self, spec: Spec, index: int, medium: int) -> Image.Image:
        """See the class."""
        scene, card = _scene(spec, index)
        picture = draw_scene(scene, size=spec.size)
        pitch = spec.size // spec.grid
        edge, rim = (spec.size - pitch * spec.grid) // 2, max(1, pitch // 12)
        x, y = edge + card % spec.grid * pitch, edge + card // spec.grid * pitch
        ImageDraw.Draw(picture).rectangle((x, y, x + pitch - 1, y + pitch - 1), fill=CARD, outline=RIM, width=rim)
        return picture


def _scene(spec: Spec, index: int) -> tuple[Scene, int]:
    """What is in sight, and the cell of the card."""
    low = min(3, spec.grid**2 - 1)
    full = make_scene(replace(spec, min_objects=low, max_objects=max(low, min(5, spec.grid**2 - 1))), index, 0)
    hidden = chance_of(spec, index, "look").below(len(full.things))
    seen = full.things[:hidden] + full.things[hidden + 1 :]
    return full._replace(things=seen), full.things[hidden].cell


def _draw_point(scene: Scene, card: int, positions: Sequence[str], label: str, chance: Stream) -> Point:
    """Something of which the picture says that it is so, that it is not, or nothing; every value is as likely in each case."""
    kind = chance.choice(tuple(VALUES))
    words = VALUES[kind]
    if label == "unknown":
        return Point(positions[card], kind, chance.choice(words))
    thing = chance.choice(scene.things)
    value: str = getattr(thing, kind)
    if label == "false":
        value = words[(words.index(value) + 1 + chance.below(len(words) - 1)) % len(words)]
    return Point(positions[thing.cell], kind, value)


def _claim(point: Point) -> str:
    return f"the thing at {point.place} is {_value(point)}"


def _value(point: Point) -> str:
    if point.kind != "shape":
        return point.value
    return f"{'an' if point.value[0] == 'a' else 'a'} {point.value}"


def _check(label: str, point: Point, who: str) -> Statement:
    context = f"{who}'s thing has the same {point.kind} as the thing at {point.place}."
    return Statement(text=f"{who}'s thing is {_value(point)}.", label=label, kind="claim", context=context)
