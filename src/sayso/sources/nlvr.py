"""NLVR: people's true and false sentences about three grey boxes with coloured shapes (Suhr et al. 2017, ACL).

Each line of the JSON-lines files is a sentence with its label and `structured_rep`, the items of the three boxes. Every
example was drawn six times, with the boxes permuted: permutation `k` is the k-th of the lexicographic order, place `i` of
the picture showing box `permutation[i]`. One item of this source is one picture; all pictures of a presentation are one
group, since they share sentences and shapes. Rows without `structured_rep` (excerpts of the training pages) give the
sentence alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations as all_permutations
from pathlib import Path

import msgspec

from sayso.errors import ConfigError, DataError
from sayso.records import AnnotatedItem, AnnotatedObject, Media, Relation, Statement
from sayso.sources._assemble import without_repeats
from sayso.sources._boxes import to_region
from sayso.sources._files import read_lines
from sayso.sources._media import probe_image
from sayso.sources._protocol import BadRow, Source, sources

__all__ = ["Nlvr", "nlvr"]

ORDERS = tuple(all_permutations(range(3)))
PLACES = ("left", "middle", "right")
PITCH, SIDE = 150, 100  # pixels from one box to the next; side of a box
SIZES = {10: "small", 20: "medium", 30: "large"}
COLORS = {"#0099ff": "blue", "yellow": "yellow", "black": "black"}
LICENSE = "CC-BY-4.0"
SHAPES = ("circle", "square", "triangle")
RELATIONS = ("above", "below", "left of", "right of")
VOCABULARY = {
    "label": SHAPES,
    "color": tuple(sorted(COLORS.values())),
    "size": tuple(SIZES.values()),
    "position": PLACES,
    "relation": RELATIONS,
}
TOWERS = {"label": ("square",), "size": ("medium",)}


class ShapeRow(msgspec.Struct, frozen=True):
    """One item of a box; locations are of its top left corner in pixels of the box."""

    x_loc: float
    y_loc: float
    type: str
    color: str
    size: int


class Row(msgspec.Struct, frozen=True):
    """One line; `permutation` stands in excerpts that name the one picture they have."""

    identifier: str
    sentence: str
    label: str
    directory: str = ""
    structured_rep: tuple[tuple[ShapeRow, ...], ...] | None = None
    permutation: int | None = None


@sources.register("nlvr")
def nlvr(*, annotations: str, images: str, split: str = "dev", permutations: tuple[int, ...] | int = (0,)) -> Source:
    """Pictures of an NLVR split with their sentences and shapes.

    Args:
        annotations: path of `dev.json`, `test.json` or another file of such lines.
        images: folder with the numbered folders of pictures.
        split: how the pictures' names begin (`dev-`, `test-`, `train-`), and what `AnnotatedItem.split` says.
        permutations: which of the six drawings of each example to use, 0 to 5: several or one.

    Raises:
        ConfigError: no permutation, or one that is not 0 to 5.
    """
    wanted = (permutations,) if isinstance(permutations, int) else permutations
    if not wanted or not set(wanted) <= set(range(len(ORDERS))):
        raise ConfigError(f"permutations {list(wanted)} are not drawings of NLVR; name some of 0, 1, 2, 3, 4, 5")
    return Nlvr(annotations=Path(annotations), images=Path(images), split=split, permutations=wanted)


@dataclass(frozen=True, kw_only=True, slots=True)
class Nlvr:
    """The source: one file of lines and its folder of pictures."""

    annotations: Path
    images: Path
    split: str
    permutations: tuple[int, ...] = (0,)

    def items(self) -> Iterator[AnnotatedItem | BadRow]:
        """One item a picture, in file order.

        Raises:
            DataError: the file is missing.
        """
        yield from without_repeats(self._rows())

    def _rows(self) -> Iterator[tuple[str, AnnotatedItem | BadRow]]:
        for place, row in read_lines(self.annotations, Row):
            if isinstance(row, BadRow):
                yield place, row
                continue
            for number in self.permutations if row.permutation is None else (row.permutation,):
                yield place, self._item(row, number, place)

    def _item(self, row: Row, number: int, place: str) -> AnnotatedItem | BadRow:
        try:
            _check(row, number)
            name = Path(row.directory) / f"{self.split}-{row.identifier}-{number}.png"
            media = probe_image(name, root=self.images)
            boxes = [row.structured_rep[box] for box in ORDERS[number]] if row.structured_rep is not None else []
            objects = tuple(
                _make_object(shape, at, media) for at, shapes in enumerate(boxes) for shape in _in_order(shapes)
            )
        except DataError as error:
            return BadRow(place=place, reason=str(error))
        return AnnotatedItem(
            id=f"nlvr-{self.split}-{row.identifier}-{number}",
            source="nlvr",
            split=self.split,
            group=f"nlvr-{row.identifier.partition('-')[0]}",
            license=LICENSE,
            media=(media,),
            objects=objects,
            relations=_relate(objects, media),
            statements=(Statement(text=row.sentence, label=row.label),),
            labels={"directory": row.directory, **(_summarise(objects) if boxes else {})},
            vocabulary=VOCABULARY | TOWERS if _is_towers(objects) else VOCABULARY,
        )


def _check(row: Row, number: int) -> None:
    if row.label not in ("true", "false"):
        raise DataError(f'label {row.label!r} is neither "true" nor "false"; correct or remove the line')
    if not 0 <= number < len(ORDERS):
        raise DataError(f"permutation {number} is not 0 to 5; correct or remove the line")
    if row.structured_rep is not None and len(row.structured_rep) != len(PLACES):
        raise DataError(f"structured_rep has {len(row.structured_rep)} boxes, not 3; correct or remove the line")


def _is_towers(objects: tuple[AnnotatedObject, ...]) -> bool:
    """Half of the presentations are towers, where nothing but medium squares could be: their shape is no question."""
    looks = {(thing.label, thing.attributes["size"]) for thing in objects}
    return looks == {("square", "medium")}


def _in_order(shapes: tuple[ShapeRow, ...]) -> list[ShapeRow]:
    """From left to right, then from top to bottom, so that the order in the file tells nothing."""
    return sorted(shapes, key=lambda shape: (shape.x_loc, shape.y_loc))


def _make_object(shape: ShapeRow, at: int, media: Media) -> AnnotatedObject:
    color, size = COLORS.get(shape.color.lower()), SIZES.get(shape.size)
    if color is None or size is None:
        known = f"colors {', '.join(COLORS)} and sizes {', '.join(map(str, SIZES))}"
        raise DataError(f"an item has color {shape.color!r} and size {shape.size}; NLVR has {known}")
    x, y = PITCH * at + shape.x_loc, shape.y_loc
    region = to_region((x, y, x + shape.size, y + shape.size), size=(media.width, media.height))
    attributes = {"color": color, "size": size, "position": PLACES[at]}
    return AnnotatedObject(label=shape.type, region=region, attributes=attributes)


def _relate(objects: tuple[AnnotatedObject, ...], media: Media) -> tuple[Relation, ...]:
    """How each object lies to each other one, where nobody would argue: clear of it, and more so along that axis."""
    edges = [_edges(thing, media) for thing in objects]
    return tuple(
        Relation(subject=i, predicate=predicate, object=j)
        for i, one in enumerate(edges)
        for j, other in enumerate(edges)
        if i != j and (predicate := _compare(one, other))
    )


def _edges(thing: AnnotatedObject, media: Media) -> tuple[float, float, float, float]:
    region = thing.region
    if region is None:
        raise DataError(f"object {thing.label!r} has no region to compare; give it one")
    return region.x1 * media.width, region.y1 * media.height, region.x2 * media.width, region.y2 * media.height


def _compare(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> str:
    across = max(other[0] - one[2], one[0] - other[2])  # width of the gap between them; negative where they overlap
    along = max(other[1] - one[3], one[1] - other[3])
    if across >= 0 and across > along:
        return "left of" if one[2] <= other[0] else "right of"
    if along >= 0 and along > across:
        return "above" if one[3] <= other[1] else "below"
    return ""


def _summarise(objects: tuple[AnnotatedObject, ...]) -> dict[str, str]:
    """`count`, `count left` ... and a `description` box by box."""
    boxes = {place: [thing for thing in objects if thing.attributes["position"] == place] for place in PLACES}
    told = [f"{place}: {', '.join(map(_look, things)) or 'nothing'}" for place, things in boxes.items()]
    counts = {f"count {place}": str(len(things)) for place, things in boxes.items()}
    return {"count": str(len(objects)), **counts, "description": "; ".join(told)}


def _look(thing: AnnotatedObject) -> str:
    return f"{thing.attributes['size']} {thing.attributes['color']} {thing.label}"
