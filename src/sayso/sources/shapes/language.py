"""What can be said about a scene: description, captions, questions with answers, statements true and false.

Two rules keep it honest. Nothing can be answered without the picture: within a kind of question every answer is about
equally likely, and a question never tells what it asks. And a false statement is a true one with one fact changed, both
given side by side, so that words alone do not betray the label.

Wordings are few and plain, for small vocabularies; variety of wording is the business of templates.
"""

from functools import cache
from typing import TypeAlias

from sayso.records import Question, Statement
from sayso.seeds import Stream
from sayso.sources.shapes.scene import COLORS, SHAPES, SIZES, TEXTURES, WORDS, Scene, Spec, Thing

__all__ = ["describe", "make_captions", "make_questions", "make_statements", "name_cells", "PLURALS", "View"]

PLURALS = {
    "circle": "circles",
    "square": "squares",
    "triangle": "triangles",
    "star": "stars",
    "cross": "crosses",
    "diamond": "diamonds",
}
SIDES = {1: ("",), 2: ("top", "bottom"), 3: ("top", "middle", "bottom")}
RANKS = {1: ("centre",), 2: ("left", "right"), 3: ("left", "centre", "right")}
YES_NO = ("yes", "no")
OPPOSITE = {"left of": "right of", "right of": "left of", "above": "below", "below": "above"}
Pair: TypeAlias = tuple[str, str]


@cache
def name_cells(grid: int) -> tuple[str, ...]:
    """Names of the cells in reading order: `top left` ... up to 3 x 3, beyond that `row 1 column 1` ..."""
    if grid in SIDES:
        return tuple(f"{side} {rank}".strip() for side in SIDES[grid] for rank in RANKS[grid])
    return tuple(f"row {row} column {column}" for row in range(1, grid + 1) for column in range(1, grid + 1))


class View:
    """A scene with what its sentences need at hand; `where` ends a sentence: empty, or ` in the first image`."""

    __slots__ = ("chance", "colors", "kinds", "positions", "scene", "shapes", "spec", "things", "where")

    def __init__(self, spec: Spec, scene: Scene, *, chance: Stream, where: str = "") -> None:
        self.spec, self.scene, self.things = spec, scene, scene.things
        self.chance, self.where = chance, where
        self.positions = name_cells(spec.grid)
        self.shapes = [thing.shape for thing in scene.things]
        self.colors = [thing.color for thing in scene.things]
        self.kinds = [(thing.color, thing.shape) for thing in scene.things]

    def draw(self) -> int:
        """The position of one of the things, each equally likely."""
        return self.chance.below(len(self.things))

    def at(self, index: int) -> str:
        """Name of the cell where thing `index` sits."""
        return self.positions[self.things[index].cell]

    def name(self, index: int, hidden: str = "") -> str | None:
        """A phrase that fits thing `index` alone, without its place and without the attribute `hidden`."""
        color, shape = self.kinds[index]
        if hidden != "shape" and self.shapes.count(shape) == 1:
            return f"the {shape}"
        if hidden != "color" and self.colors.count(color) == 1:
            return f"the {color} shape"
        if hidden not in ("shape", "color") and self.kinds.count((color, shape)) == 1:
            return f"the {color} {shape}"
        return None

    def point(self, index: int, hidden: str) -> str:
        """A phrase for thing `index` by name or by place, as chance has it."""
        name = self.name(index, hidden) if self.chance.below(2) else None
        return name or f"the shape at {self.at(index)}"


def describe(view: View) -> str:
    """Everything there is, in reading order: `top left: large red striped circle; middle right: ...`.

    Empty cells go unsaid: a model that is trained on it spends its steps on what is there.
    """
    cells = {thing.cell: f"{thing.size} {thing.color} {thing.texture} {thing.shape}" for thing in view.things}
    if view.scene.word is not None:
        cells[view.scene.word.cell] = f"word {view.scene.word.text}"
    return "; ".join([f"{view.positions[cell]}: {cells[cell]}" for cell in sorted(cells)])


def make_captions(view: View) -> tuple[str, ...]:
    """Three sentences about the whole scene, from the roughest to the most exact."""
    places = [f"a {color} {shape} at {view.at(i)}" for i, (color, shape) in enumerate(view.kinds)]
    looks = [_full_look(thing) for thing in view.things]
    count = len(view.things)
    return (
        f"{_enumerate([f'a {color} {shape}' for color, shape in view.kinds])}{view.where}.",
        f"{count} {'shape' if count == 1 else 'shapes'}{view.where}: {_enumerate(places)}.",
        f"{_enumerate(looks)}{view.where}.",
    )


def make_questions(view: View) -> tuple[Question, ...]:
    """At most one question of each kind; `Question.options` are all answers of the kind, in a fixed order."""
    questions = [
        _ask_color(view),
        _ask_shape(view),
        _ask_size(view),
        _ask_texture(view),
        _ask_count(view),
        _ask_shared(view),
        _ask_presence(view),
        _ask_position(view),
        _ask_relation(view),
        _ask_text(view),
    ]
    return tuple([question for question in questions if question is not None])


def make_statements(view: View) -> tuple[Statement, ...]:
    """A true sentence and its false twin, in random order; none in the rare scene where nothing can be changed."""
    makers = (_state_presence, _state_position, _state_count, _state_relation)
    first = view.chance.below(len(makers))
    for step in range(len(makers)):
        pair = makers[(first + step) % len(makers)](view)
        if pair is not None:
            true = Statement(text=pair[0], label="true")
            false = Statement(text=pair[1], label="false")
            return (true, false) if view.chance.below(2) else (false, true)
    return ()


def _full_look(thing: Thing) -> str:
    texture = "" if thing.texture == "plain" else f"{thing.texture} "
    return f"a {thing.size} {thing.color} {texture}{thing.shape}"


def _enumerate(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _ask(kind: str, text: str, answer: str, options: tuple[str, ...]) -> Question:
    return Question(text=text, answers=(answer,), options=options, kind=kind)


def _ask_color(view: View) -> Question:
    i = view.draw()
    return _ask("color", f"what color is {view.point(i, 'color')}{view.where}?", view.colors[i], COLORS)


def _ask_shape(view: View) -> Question:
    i = view.draw()
    return _ask("shape", f"what is the shape of {_thing(view, i)}{view.where}?", view.shapes[i], SHAPES)


def _thing(view: View, index: int) -> str:
    if view.colors.count(view.colors[index]) == 1 and view.chance.below(2):
        return f"the {view.colors[index]} one"
    return f"the one at {view.at(index)}"


def _ask_size(view: View) -> Question:
    i = view.draw()
    return _ask("size", f"what size is {view.point(i, 'size')}{view.where}?", view.things[i].size, SIZES)


def _ask_texture(view: View) -> Question:
    i = view.draw()
    return _ask("texture", f"what texture is {view.point(i, 'texture')}{view.where}?", view.things[i].texture, TEXTURES)


@cache
def _counts(high: int) -> tuple[str, ...]:
    return tuple(str(count) for count in range(1, high + 1))


def _ask_count(view: View) -> Question:
    options = _counts(view.spec.max_objects)
    return _ask("count", f"how many shapes are there{view.where}?", str(len(view.things)), options)


@cache
def _acceptance(low: int, high: int) -> tuple[float, ...]:
    """How often to ask about a shared count, by count - 1, so that the counts asked about are uniform on 1..high."""
    chances = [sum(1 / count for count in range(max(shared, low), high + 1)) for shared in range(1, high + 1)]
    return tuple(chances[-1] / chance for chance in chances)


def _ask_shared(view: View) -> Question | None:
    theme, shared, spec = view.scene.theme, view.scene.shared, view.spec
    if view.chance.uniform() >= _acceptance(spec.min_objects, spec.max_objects)[shared - 1]:
        return None
    what = PLURALS.get(theme) or f"{theme} shapes"
    return _ask("count", f"how many {what} are there{view.where}?", str(shared), _counts(spec.max_objects))


def _ask_presence(view: View) -> Question | None:
    color, shape = view.kinds[view.draw()]
    absent = _absent(view, color, shape)
    if absent is None:
        return None
    answer = view.chance.below(2)
    color, shape = absent if answer else (color, shape)
    return _ask("presence", f"is there a {color} {shape}{view.where}?", YES_NO[answer], YES_NO)


def _absent(view: View, color: str, shape: str) -> Pair | None:
    """(color, shape) with one of the two changed so that no thing has both; None where every change is taken."""
    turn = view.chance.below(len(COLORS) + len(SHAPES))
    for step in range(len(COLORS) + len(SHAPES)):
        place = (turn + step) % (len(COLORS) + len(SHAPES))
        changed = (COLORS[place], shape) if place < len(COLORS) else (color, SHAPES[place - len(COLORS)])
        if changed not in view.kinds:
            return changed
    return None


def _ask_position(view: View) -> Question | None:
    i = view.draw()
    name = view.name(i)
    if name is None or len(view.positions) == 1:
        return None
    return _ask("position", f"where is {name}{view.where}?", view.at(i), view.positions)


def _draw_relation(view: View) -> tuple[str, str, str] | None:
    """Two things that can be named and how the first lies to the second."""
    if len(view.things) == 1:
        return None
    i = view.draw()
    j = (i + 1 + view.chance.below(len(view.things) - 1)) % len(view.things)
    one, other = view.name(i), view.name(j)
    if one is None or other is None:
        return None
    row, column = divmod(view.things[i].cell, view.spec.grid)
    other_row, other_column = divmod(view.things[j].cell, view.spec.grid)
    beside = "" if column == other_column else "left of" if column < other_column else "right of"
    over = "" if row == other_row else "above" if row < other_row else "below"
    predicate = (beside or over, over or beside)[view.chance.below(2)]
    return one, predicate, other


def _ask_relation(view: View) -> Question | None:
    facts = _draw_relation(view)
    if facts is None:
        return None
    one, predicate, other = facts
    answer = view.chance.below(2)
    said = OPPOSITE[predicate] if answer else predicate
    return _ask("relation", f"is {one} {said} {other}{view.where}?", YES_NO[answer], YES_NO)


def _ask_text(view: View) -> Question | None:
    if view.scene.word is None:
        return None
    return _ask("text", f"what word is written{view.where}?", view.scene.word.text, WORDS)


def _state_presence(view: View) -> Pair | None:
    color, shape = view.kinds[view.draw()]
    absent = _absent(view, color, shape)
    if absent is None:
        return None
    return f"there is a {color} {shape}{view.where}.", f"there is a {absent[0]} {absent[1]}{view.where}."


def _state_position(view: View) -> Pair | None:
    i = view.draw()
    name = view.name(i)
    if name is None or len(view.positions) == 1:
        return None
    cells = len(view.positions)
    other = view.positions[(view.things[i].cell + 1 + view.chance.below(cells - 1)) % cells]
    return f"{name} is at {view.at(i)}{view.where}.", f"{name} is at {other}{view.where}."


def _state_count(view: View) -> Pair | None:
    low, span = view.spec.min_objects, view.spec.max_objects - view.spec.min_objects + 1
    if span == 1:
        return None
    count = len(view.things)
    other = low + (count - low + 1 + view.chance.below(span - 1)) % span
    return _count_sentence(count, view.where), _count_sentence(other, view.where)


def _count_sentence(count: int, where: str) -> str:
    return f"there is 1 shape{where}." if count == 1 else f"there are {count} shapes{where}."


def _state_relation(view: View) -> Pair | None:
    facts = _draw_relation(view)
    if facts is None:
        return None
    one, predicate, other = facts
    return f"{one} is {predicate} {other}{view.where}.", f"{one} is {OPPOSITE[predicate]} {other}{view.where}."
