"""What is in a synthetic scene: a pure function of (spec, index, medium), with no pixels yet.

A scene is a grid of cells; each thing sits in a cell of its own, shifted by a few pixels inside it, so that boxes never
overlap and spatial relations are never in doubt. Everything that is drawn or said about the scene comes from here.

To make counting questions fair, a scene has a theme: one colour or shape that `shared` of its things have, `shared`
being uniform from 1 to the number of things. Left to chance, nearly every such count would be 0 or 1.

In the spirit of CLEVR (Johnson et al. 2017, arXiv:1612.06890), flat and drawn in microseconds.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import product
from typing import NamedTuple
from urllib.parse import parse_qsl

from sayso.errors import ConfigError, DataError
from sayso.seeds import Stream
from sayso.sources.shapes.letters import DAMAGES, STRIP, STYLES, WORDS
from sayso.sources.shapes.parts import PARTS, is_in_part

__all__ = [
    "COLORS",
    "make_scene",
    "parse_reference",
    "Scene",
    "SHAPES",
    "SIZES",
    "Spec",
    "TEXTURES",
    "Thing",
    "Word",
]

SHAPES = ("arrow", "circle", "cross", "diamond", "ring", "square", "star", "triangle")
COLORS = ("red", "green", "blue", "yellow", "purple", "black")
SIZES = ("large", "small")
TEXTURES = ("plain", "striped", "dotted")

LOOKS = tuple(product(SHAPES, COLORS, SIZES, TEXTURES))
MIN_CELL = 14  # pixels; below it a word or a texture can no longer be told
MAX_WORDS = 3
FRACTION = {"large": 0.82, "small": 0.5}  # side of a thing over side of its cell
VERSION = "v2"
MAX_DRAWS = 5000  # of a scene until it belongs to the spec's part; parts have more than one scene in a hundred


@dataclass(frozen=True, kw_only=True, slots=True)
class Spec:
    """What kind of scenes: `size` is the picture's side in pixels, `grid` the cells along it."""

    kind: str = "things"
    seed: int = 0
    size: int = 48
    grid: int = 3
    min_objects: int = 1
    max_objects: int = 4
    text: bool = False
    part: str = "all"

    def check(self) -> None:
        """Refuse what cannot be drawn.

        Raises:
            ConfigError: cells too small, or more things than cells.
        """
        if self.grid < 1 or self.size // self.grid < MIN_CELL:
            need = f"image_size of at least {MIN_CELL * max(1, self.grid)} or a smaller grid"
            raise ConfigError(f"image_size {self.size} with grid {self.grid} leaves no room to draw; use {need}")
        if self.kind not in ("things", "writing") and (self.grid < 2 or self.size < 3 * MIN_CELL):
            given = f"image_size {self.size} with grid {self.grid}"
            raise ConfigError(f"{given} is too small for kind {self.kind!r}; use at least {3 * MIN_CELL} and grid 2")
        room = self.grid**2 - self.text
        if not 1 <= self.min_objects <= self.max_objects <= room:
            given = f"min_objects {self.min_objects} and max_objects {self.max_objects}"
            raise ConfigError(f"{given} do not fit; use 1 <= min_objects <= max_objects <= {room}")
        self._check_part()

    def _check_part(self) -> None:
        if self.part not in PARTS:
            raise ConfigError(f"part is {self.part!r}; use one of {', '.join(PARTS)}")
        if self.part != "all" and self.kind not in ("things", "writing"):
            raise ConfigError(f"part {self.part!r} is of scenes of kind things or writing, not of {self.kind!r}")
        if self.part == "new_font" and not self.text:
            raise ConfigError("part 'new_font' needs words in the pictures; use kind: writing or text: true")
        if self.part == "new_layout" and self.min_objects < 2:
            raise ConfigError("part 'new_layout' needs pictures of two things or more; set min_objects: 2")

    @property
    def max_words(self) -> int:
        """Most words in one picture."""
        return min(MAX_WORDS, self.grid**2 - self.max_objects) if self.text else 0

    def reference(self, index: int, *, medium: int = 0) -> str:
        """The `Media.path` from which picture `medium` of item `index` can be drawn again anywhere."""
        sizes = f"size={self.size}&grid={self.grid}&objects={self.min_objects}-{self.max_objects}"
        place = f"kind={self.kind}&seed={self.seed}&index={index}&medium={medium}"
        part = "" if self.part == "all" else f"&part={self.part}"
        return f"shapes:{VERSION}?{place}&{sizes}&text={int(self.text)}{part}"


class Thing(NamedTuple):
    """One drawn shape; `x`, `y` is the top left corner and `side` the extent of its box, in pixels."""

    cell: int
    shape: str
    color: str
    size: str
    texture: str
    x: int
    y: int
    side: int


class Word(NamedTuple):
    """Writing in a cell of its own; the box starts at `x`, `y`, in pixels. `damage` is what made it unreadable, if anything."""

    cell: int
    text: str
    x: int
    y: int
    width: int
    height: int
    style: str
    damage: str
    variant: int


class Scene(NamedTuple):
    """Things and words, both in reading order, and the theme: `shared` things have `theme`, a colour or a shape."""

    things: tuple[Thing, ...]
    words: tuple[Word, ...]
    theme: str
    shared: int


@lru_cache(maxsize=1024)
def make_scene(spec: Spec, index: int, medium: int) -> Scene:
    """Scene `index` of `spec`; `medium` tells the pictures of one item apart."""
    chance = Stream(spec.seed, "shapes", index, medium)
    count = spec.min_objects + chance.below(spec.max_objects - spec.min_objects + 1)
    for _ in range(MAX_DRAWS):
        scene = _draw_scene(spec, count, chance)
        if is_in_part(scene, spec.part):
            return scene
    raise ConfigError(
        f"no scene of part {spec.part!r} in {MAX_DRAWS:,} draws with {count} objects; use other numbers of objects"
    )


def _draw_scene(spec: Spec, count: int, chance: Stream) -> Scene:
    num_words = 1 + chance.below(spec.max_words) if spec.text else 0
    cells = chance.sample(range(spec.grid**2), count + num_words)
    theme = chance.choice(COLORS + SHAPES)
    shared = 1 + chance.below(count)
    things = [_make_thing(spec, cells[i], (theme, i < shared), chance) for i in range(count)]
    texts = chance.sample(WORDS, num_words) if num_words else []
    words = [_make_word(spec, cell, text, chance) for cell, text in zip(cells[count:], texts, strict=True)]
    return Scene(tuple(sorted(things)), tuple(sorted(words)), theme, shared)


def parse_reference(reference: str) -> tuple[Spec, int, int]:
    """The spec, index and medium in what `Spec.reference` wrote.

    Raises:
        DataError: not such a reference.
    """
    version, _, query = reference.removeprefix("shapes:").partition("?")
    if version != VERSION:
        raise DataError(
            f"{reference!r} is of version {version!r}, this release draws {VERSION!r}; build the data again"
        )
    values = dict(parse_qsl(query))
    try:
        low, _, high = values["objects"].partition("-")
        spec = Spec(
            kind=values["kind"],
            seed=int(values["seed"]),
            size=int(values["size"]),
            grid=int(values["grid"]),
            min_objects=int(low),
            max_objects=int(high),
            text=values["text"] == "1",
            part=values.get("part", "all"),
        )
        spec.check()
        return spec, int(values["index"]), int(values["medium"])
    except (KeyError, ValueError, ConfigError) as error:
        raise DataError(f"{reference!r} is not a scene reference ({error}); use what source shapes wrote") from error


def _make_thing(spec: Spec, cell: int, theme: tuple[str, bool], chance: Stream) -> Thing:
    shape, color, size, texture = LOOKS[chance.below(len(LOOKS))]
    value, has_it = theme
    if value in COLORS:
        color = _follow(color, value, has_it, COLORS, chance)
    else:
        shape = _follow(shape, value, has_it, SHAPES, chance)
    left, top, side, play = _geometry(spec.size, spec.grid, size)
    row, column = divmod(cell, spec.grid)
    shift = chance.below(play * play)
    pitch = spec.size // spec.grid
    return Thing(
        cell, shape, color, size, texture, left + column * pitch + shift % play, top + row * pitch + shift // play, side
    )


def _follow(drawn: str, value: str, has_it: bool, values: tuple[str, ...], chance: Stream) -> str:
    if has_it:
        return value
    if drawn != value:
        return drawn
    return values[(values.index(value) + 1 + chance.below(len(values) - 1)) % len(values)]


@cache
def _geometry(image_size: int, grid: int, size: str) -> tuple[int, int, int, int]:
    """Left and top of the first thing at rest, its side, and the number of places it can be shifted to, in pixels."""
    pitch = image_size // grid
    side = round(pitch * FRACTION[size])
    edge, margin = (image_size - pitch * grid) // 2, pitch // 24
    return edge + margin, edge + margin, side, pitch - side - 2 * margin + 1


def _make_word(spec: Spec, cell: int, text: str, chance: Stream) -> Word:
    style, variant = chance.choice(STYLES), chance.below(6)
    damage = chance.choice(DAMAGES) if chance.below(2) else ""
    pitch = spec.size // spec.grid
    width, height = (dots * (pitch // 13) for dots in STRIP)
    row, column = divmod(cell, spec.grid)
    edge = (spec.size - pitch * spec.grid) // 2
    x = edge + column * pitch + chance.below(pitch - width + 1)
    y = edge + row * pitch + chance.below(pitch - height + 1)
    return Word(cell, text, x, y, width, height, style, damage, variant)
