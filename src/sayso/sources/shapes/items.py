"""What a scene of things offers as an item: objects, relations, phrases, words it could have used, and texts of other scenes."""

from functools import cache

from sayso.records import AnnotatedObject, Phrase, Region, Relation
from sayso.sources.shapes.language import look, make_captions
from sayso.sources.shapes.letters import STYLES
from sayso.sources.shapes.parts import NEW_COLOR
from sayso.sources.shapes.scene import COLORS, SHAPES, SIZES, TEXTURES, Scene, Spec, make_scene
from sayso.sources.shapes.view import DIRECTIONS, View, direction, name_cells

__all__ = ["elsewhere", "make_objects", "make_phrases", "make_relations", "vocabulary"]

NUM_ELSEWHERE = 4
MAX_STEPS = 64  # scenes looked at for captions that do not fit; far more than ever needed


@cache
def vocabulary(spec: Spec) -> dict[str, tuple[str, ...]]:
    """By kind, all the words that items of `spec` use."""
    words = {
        "label": SHAPES,
        "color": tuple(color for color in COLORS if spec.part != "seen" or color != NEW_COLOR),
        "size": SIZES,
        "texture": TEXTURES,
        "position": name_cells(spec.grid),
        "relation": DIRECTIONS,
        "count": tuple(str(count) for count in range(spec.min_objects, spec.max_objects + 1)),
    }
    return {**words, "text_type": STYLES, "legibility": ("legible", "illegible")} if spec.text else words


def make_objects(view: View, medium: int | None) -> tuple[AnnotatedObject, ...]:
    """The things as `thing 1` ... and the words, in reading order each; boxes lie in `medium`, there are none if it is None."""
    size = view.spec.size
    things = [
        AnnotatedObject(
            label=thing.shape,
            name=f"thing {number}",
            region=_region((thing.x, thing.y, thing.side, thing.side), size, medium),
            attributes={
                "color": thing.color,
                "size": thing.size,
                "texture": thing.texture,
                "position": view.positions[thing.cell],
            },
        )
        for number, thing in enumerate(view.things, 1)
    ]
    words = [
        AnnotatedObject(
            label="word",
            region=_region((word.x, word.y, word.width, word.height), size, medium),
            attributes={
                "position": view.positions[word.cell],
                "legibility": "illegible" if word.damage else "legible",
                "text_type": word.style,
            },
            text=None if word.damage else word.text,
        )
        for word in view.scene.words
    ]
    return (*things, *words)


def _region(box: tuple[int, int, int, int], size: int, medium: int | None) -> Region | None:
    if medium is None:
        return None
    x, y, width, height = box
    return Region(x1=x / size, y1=y / size, x2=(x + width) / size, y2=(y + height) / size, medium=medium)


def make_relations(scene: Scene, grid: int, *, first: int) -> tuple[Relation, ...]:
    """How every thing lies to every other, one of DIRECTIONS each; `first` is the position of the scene's first object.

    Words are left out: what is related to what is asked by class, and one class in eight should be each.
    """
    cells = [thing.cell for thing in scene.things]
    return tuple(
        [
            _relation(first + i, direction(cell, other, grid), first + j)
            for i, cell in enumerate(cells)
            for j, other in enumerate(cells)
            if i != j
        ]
    )


@cache
def _relation(subject: int, predicate: str, other: int) -> Relation:
    return Relation(subject=subject, predicate=predicate, object=other)


def make_phrases(view: View, objects: tuple[AnnotatedObject, ...]) -> tuple[Phrase, ...]:
    """A description of each thing, and what tells it from all others: its name, and how it lies to another."""
    phrases: list[Phrase] = []
    for i, thing in enumerate(view.things):
        if (region := objects[i].region) is None:
            return ()
        phrases.append(Phrase(text=look(thing), region=region))
        if (name := view.name(i)) is not None:
            phrases.append(Phrase(text=name, region=region, unique=True))
        if (words := _placed(view, i)) is not None:
            phrases.append(Phrase(text=words, region=region, unique=True))
    return tuple(phrases)


def _placed(view: View, index: int) -> str | None:
    """`the star left of the red square`, if it fits thing `index` alone."""
    if len(view.things) == 1:
        return None
    anchor = (index + 1 + view.chance.below(len(view.things) - 1)) % len(view.things)
    name = view.name(anchor)
    if name is None or name == "the shape":
        return None
    words = view.direction(index, anchor)
    color, shape = view.kinds[index]
    heads = (("", shape), (color, "shape"), (color, shape), ("", "shape"))
    said_color, said_shape = heads[view.chance.below(4)]
    for i in view.lying(words, anchor):
        other_color, other_shape = view.kinds[i]
        if i != index and said_color in ("", other_color) and said_shape in ("shape", other_shape):
            return None
    return f"the {said_color} {said_shape} {words} {name}" if said_color else f"the {said_shape} {words} {name}"


def elsewhere(view: View, index: int, *, stride: int) -> dict[str, tuple[str, ...]]:
    """Captions of the next scenes of the source in which something is that is not here, and questions about what is not here."""
    present = set(view.kinds)
    captions: list[str] = []
    for step in range(1, MAX_STEPS):
        other = make_scene(view.spec, index + step * stride, 0)
        if any((thing.color, thing.shape) not in present for thing in other.things):
            captions.append(make_captions(other, view.spec.grid)[view.chance.below(3)])
        if len(captions) == NUM_ELSEWHERE:
            break
    return {"captions": tuple(captions), "questions": tuple(view.misfits)}
