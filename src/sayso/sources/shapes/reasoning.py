"""Questions and statements about a scene that take a second step: two hops, a fact of the world, what would happen, pointing.

No colour is asked for where another colour is said, and no shape where another shape is: things of one scene tend to share a
colour or a shape, so that one would hint at the other. What is known of the world (rubies are red) only ever turns what is
seen into another word; without the picture it answers nothing.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType

from sayso.records import AnnotatedObject, Question, Statement
from sayso.sources.shapes.language import ask
from sayso.sources.shapes.scene import COLORS, SHAPES, TEXTURES
from sayso.sources.shapes.view import OPPOSITE, View

__all__ = ["make_hard_questions", "make_spatial_statements"]

ANSWERS: Mapping[str, tuple[str, ...]] = MappingProxyType({"color": COLORS, "shape": SHAPES, "texture": TEXTURES})
HOPS = ("color", "color", "shape", "shape", "texture")  # in proportion to their numbers of values, nearly
TRIES = 3
FACTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("color", "which gemstone has the color of", ("ruby", "emerald", "sapphire", "topaz", "amethyst", "onyx")),
    ("color", "which fruit has the color of", ("cherry", "lime", "blueberry", "banana", "plum", "blackberry")),
    ("color", "what do the French call the color of", ("rouge", "vert", "bleu", "jaune", "violet", "noir")),
    ("color", "what do the Spanish call the color of", ("rojo", "verde", "azul", "amarillo", "morado", "negro")),
    ("shape", "what do the French call the shape of", ("flèche", "cercle", "croix", "losange", "anneau", "carré", "étoile", "triangle")),
    ("shape", "what everyday thing has the outline of", ("road sign", "coin", "plus sign", "kite", "doughnut", "tile", "starfish", "slice of pizza")),
)  # fmt: skip
CORNERS = {"circle": 0, "ring": 0, "triangle": 3, "square": 4, "diamond": 4, "arrow": 7, "star": 10, "cross": 12}
NUMBERS = tuple(str(number) for number in sorted(set(CORNERS.values())))
MOVES = {"left": "left of", "right": "right of", "up": "above", "down": "below"}


def make_hard_questions(view: View, objects: Sequence[AnnotatedObject]) -> tuple[Question, ...]:
    """At most one question each of the kinds compositional, knowledge, commonsense and the kinds of pointing."""
    asked = [_ask_compositional(view), _ask_knowledge(view), _ask_commonsense(view), _ask_pointing(view, objects)]
    return tuple([question for question in asked if question is not None])


def _anchor(view: View, index: int, kind: str) -> str | None:
    """A name for a thing that says nothing of the kind that is asked for."""
    color, shape = view.kinds[index]
    if kind != "shape" and view.shapes.count(shape) == 1:
        return f"the {shape}"
    if kind != "color" and view.colors.count(color) == 1:
        return f"the {color} one"
    return None


def _value(view: View, index: int, kind: str) -> str:
    thing = view.things[index]
    return thing.color if kind == "color" else thing.shape if kind == "shape" else thing.texture


def _ask_compositional(view: View) -> Question | None:
    if len(view.things) == 1:
        return None
    kind = view.chance.choice(HOPS)
    for _ in range(TRIES):
        j = view.draw()
        i = (j + 1 + view.chance.below(len(view.things) - 1)) % len(view.things)
        words, anchor = view.direction(i, j), _anchor(view, j, kind)
        if anchor is not None and len(view.lying(words, j)) == 1:
            start, thing = ("what is the shape of", "thing") if kind == "shape" else (f"what {kind} is", "shape")
            text = f"{start} the {thing} {words} {anchor}{view.where}?"
            return ask("compositional", text, _value(view, i, kind), ANSWERS[kind])
    return None


def _ask_knowledge(view: View) -> Question | None:
    i, turn = view.draw(), view.chance.below(len(FACTS) + 1)
    if turn == len(FACTS):
        return _ask_corners(view, i)
    kind, start, answers = FACTS[turn]
    answer = answers[ANSWERS[kind].index(_value(view, i, kind))]
    return ask("knowledge", f"{start} {_pointed(view, i, kind)}{view.where}?", answer, answers)


def _ask_corners(view: View, index: int) -> Question | None:
    corners = CORNERS[view.shapes[index]]
    shared = sum(number == corners for number in CORNERS.values())
    if view.chance.below(shared):  # two shapes without corners, two with four: half of them go unasked
        return None
    return ask(
        "knowledge", f"how many corners has {_pointed(view, index, 'shape')}{view.where}?", str(corners), NUMBERS
    )


def _pointed(view: View, index: int, kind: str) -> str:
    name = _anchor(view, index, kind) if view.chance.below(2) else None
    return name or f"the {'thing' if kind == 'shape' else 'shape'} at {view.at(index)}"


def _ask_commonsense(view: View) -> Question | None:
    """What would happen or what somebody would do, about one thing by its name; the options are what things look like."""
    if len(view.things) == 1:
        return None
    makers = (_bump, _match_color, _match_shape)
    first = view.chance.below(len(makers))
    for step in range(len(makers)):
        found = makers[(first + step) % len(makers)](view)
        if found is not None:
            text, gold = found
            return ask("commonsense", text, _said(view.kinds[gold]), _square(view, gold))
    return None


def _said(kind: tuple[str, str]) -> str:
    return f"the {kind[0]} {kind[1]}"


def _square(view: View, gold: int) -> tuple[str, ...]:
    """Two colours times two shapes: each of the four looks is as near to the others as any."""
    color, shape = view.kinds[gold]
    other_color = COLORS[(COLORS.index(color) + 1 + view.chance.below(len(COLORS) - 1)) % len(COLORS)]
    other_shape = SHAPES[(SHAPES.index(shape) + 1 + view.chance.below(len(SHAPES) - 1)) % len(SHAPES)]
    return _corners_of(*sorted((color, other_color)), *sorted((shape, other_shape)))


@cache
def _corners_of(color: str, other_color: str, shape: str, other_shape: str) -> tuple[str, ...]:
    return tuple(_said((c, s)) for c in (color, other_color) for s in (shape, other_shape))


def _bump(view: View) -> tuple[str, int] | None:
    i = view.draw()
    way = view.chance.choice(tuple(MOVES))
    ahead = [
        j for j in range(len(view.things)) if j != i and view.direction(j, i) == MOVES[way] and _in_line(view, i, j)
    ]
    if not ahead:
        return None
    nearest = min(ahead, key=lambda j: abs(view.things[j].cell - view.things[i].cell))
    return f"thing {i + 1} slides straight {way}. what does it bump into first{view.where}?", nearest


def _in_line(view: View, index: int, other: int) -> bool:
    """Whether one thing would hit the other and not slip past it, the two being in one row or column."""
    one, two = view.things[index], view.things[other]
    across = one.cell // view.spec.grid == two.cell // view.spec.grid
    start, second = (one.y, two.y) if across else (one.x, two.x)
    return start < second + two.side and second < start + one.side


def _match_color(view: View) -> tuple[str, int] | None:
    found = _only_match(view, view.colors)
    if found is None:
        return None
    return (
        f"thing {found[0] + 1} wants to hide beside something of its own color. where does it go{view.where}?",
        found[1],
    )


def _match_shape(view: View) -> tuple[str, int] | None:
    found = _only_match(view, view.shapes)
    if found is None:
        return None
    return (
        f"a child holds thing {found[0] + 1} and collects pairs of the same shape. what does it take next{view.where}?",
        found[1],
    )


def _only_match(view: View, values: list[str]) -> tuple[int, int] | None:
    """A thing and the only other one with the same value."""
    i = view.draw()
    same = [j for j, value in enumerate(values) if value == values[i] and j != i]
    return (i, same[0]) if len(same) == 1 else None


def _ask_pointing(view: View, objects: Sequence[AnnotatedObject]) -> Question | None:
    """A question that is answered by one of the boxes; sizes and places are not spoken of, since boxes show them."""
    i = view.draw()
    boxes = tuple([one.region for one in objects[: len(view.things)] if one.region is not None])
    if len(boxes) < 2:
        return None
    kind = view.chance.choice(tuple(ANSWERS))
    value = _value(view, i, kind)
    if sum(_value(view, j, kind) == value for j in range(len(view.things))) != 1:
        return None
    text = f"which thing is {'a ' if kind == 'shape' else ''}{value}{view.where}?".replace("a arrow", "an arrow")
    return Question(text=text, kind="object" if kind == "shape" else kind, boxes=boxes, answer_box=boxes[i])


def make_spatial_statements(view: View) -> tuple[Statement, ...]:
    """How one thing lies to another, truly and the other way round, in random order; none if no two things have names."""
    if len(view.things) == 1:
        return ()
    i = view.draw()
    j = (i + 1 + view.chance.below(len(view.things) - 1)) % len(view.things)
    one, other = view.name(i), view.name(j)
    if one is None or other is None:
        return ()
    words = view.direction(i, j)
    true = Statement(text=f"{one} is {words} {other}{view.where}.", label="true", kind="spatial")
    false = Statement(text=f"{one} is {OPPOSITE[words]} {other}{view.where}.", label="false", kind="spatial")
    return (true, false) if view.chance.below(2) else (false, true)
