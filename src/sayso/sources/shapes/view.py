"""A scene with what its sentences need at hand: names that fit one thing, names that fit none, and directions."""

from functools import cache

from sayso.seeds import Stream
from sayso.sources.shapes.scene import COLORS, SHAPES, Scene, Spec

__all__ = ["direction", "DIRECTIONS", "enumerate_words", "IMPLIED", "name_cells", "OPPOSITE", "PLURALS", "View"]

PLURALS = {shape: f"{shape}es" if shape.endswith("s") else f"{shape}s" for shape in SHAPES}
SIDES = {1: ("",), 2: ("top", "bottom"), 3: ("top", "middle", "bottom")}
RANKS = {1: ("centre",), 2: ("left", "right"), 3: ("left", "centre", "right")}
OPPOSITE = {
    "left of": "right of", "above and left of": "below and right of", "above": "below", "above and right of": "below and left of",
    "right of": "left of", "below and right of": "above and left of", "below": "above", "below and left of": "above and right of",
}  # fmt: skip
DIRECTIONS = tuple(OPPOSITE)
"""How one thing can lie to another; for two cells of a 3 x 3 grid drawn at random each is equally likely."""
IMPLIED = {
    words: frozenset((words, *words.replace("above and ", "above|").replace("below and ", "below|").split("|")))
    for words in DIRECTIONS
}
"""What is true as well: what is `above and left of` another is `above` and `left of` it."""


@cache
def direction(cell: int, other: int, grid: int) -> str:
    """How a thing in `cell` lies to one in the cell `other`, one of DIRECTIONS."""
    (row, column), (other_row, other_column) = divmod(cell, grid), divmod(other, grid)
    over = "above" if row < other_row else "below" if row > other_row else ""
    beside = "left of" if column < other_column else "right of" if column > other_column else ""
    return f"{over} and {beside}" if over and beside else over or beside


@cache
def name_cells(grid: int) -> tuple[str, ...]:
    """Names of the cells in reading order: `top left` ... up to 3 x 3, beyond that `row 1 column 1` ..."""
    if grid in SIDES:
        return tuple(f"{side} {rank}".strip() for side in SIDES[grid] for rank in RANKS[grid])
    return tuple(f"row {row} column {column}" for row in range(1, grid + 1) for column in range(1, grid + 1))


def enumerate_words(parts: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


class View:
    """A scene and the chance to talk about it; `where` ends a sentence: empty, or ` in the first image`."""

    __slots__ = ("chance", "colors", "kinds", "misfits", "positions", "scene", "shapes", "spec", "things", "where")

    def __init__(self, spec: Spec, scene: Scene, *, chance: Stream, where: str = "") -> None:
        self.spec, self.scene, self.things = spec, scene, scene.things
        self.chance, self.where = chance, where
        self.positions = name_cells(spec.grid)
        self.shapes = [thing.shape for thing in scene.things]
        self.colors = [thing.color for thing in scene.things]
        self.kinds = [(thing.color, thing.shape) for thing in scene.things]
        self.misfits: list[str] = []

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

    def misnomer(self, phrase: str) -> str | None:
        """A phrase of the same form that fits nothing in the picture; None where everything of that form is there."""
        words = phrase.split(" ", 3)
        if len(words) == 4:
            taken = {thing.cell for thing in self.things}
            free = [cell for cell in range(len(self.positions)) if cell not in taken]
            return f"the {words[1]} at {self.positions[self.chance.choice(free)]}" if free else None
        if len(words) == 2:
            return self._other(SHAPES, self.shapes, "the {}")
        if words[2] not in SHAPES:
            return self._other(COLORS, self.colors, "the {} " + words[2])
        absent = self.absent(words[1], words[2])
        return f"the {absent[0]} {absent[1]}" if absent else None

    def _other(self, words: tuple[str, ...], present: list[str], form: str) -> str | None:
        absent = [word for word in words if word not in present]
        return form.format(self.chance.choice(absent)) if absent else None

    def absent(self, color: str, shape: str) -> tuple[str, str] | None:
        """(color, shape) with one of the two changed so that no thing has both; None where every change is taken."""
        turn = self.chance.below(len(COLORS) + len(SHAPES))
        for step in range(len(COLORS) + len(SHAPES)):
            place = (turn + step) % (len(COLORS) + len(SHAPES))
            changed = (COLORS[place], shape) if place < len(COLORS) else (color, SHAPES[place - len(COLORS)])
            if changed not in self.kinds:
                return changed
        return None

    def direction(self, index: int, other: int) -> str:
        """How thing `index` lies to thing `other`, one of DIRECTIONS."""
        return direction(self.things[index].cell, self.things[other].cell, self.spec.grid)

    def lying(self, words: str, other: int) -> list[int]:
        """Things of which it is true to say that they are `words` (one of DIRECTIONS) thing `other`."""
        return [i for i in range(len(self.things)) if i != other and words in IMPLIED[self.direction(i, other)]]
