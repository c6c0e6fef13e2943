"""Synthetic scenes with every fact known, from a seed and with nothing on disk: shapes in a grid, and nine further kinds.

Item `i` is a pure function of (seed, i) and of the kind of scene: what is known of it is told in microseconds, and its
pictures are references that `load_image` draws when somebody looks. So a million items cost nothing until they are read, and
train and test scenes differ by `start` alone. Not photographs: what a model learns here says whether a method works, not more.

Facts are uniform and independent, so that words alone tell nothing. What does not fit looks like what does:
`elsewhere["questions"]` are twins of the item's own questions of the kinds color, shape, size, texture and position, about a
thing that is not there, and `elsewhere["captions"]` are those of the next scenes of the same kind.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from PIL import Image

from sayso.errors import ConfigError, DataError
from sayso.records import AnnotatedItem, AnnotatedObject, Question, Relation, Statement
from sayso.seeds import Stream
from sayso.sources._media import draws
from sayso.sources._protocol import sources
from sayso.sources.shapes import covered, faces, flaws, hazards, settings, sports, steps, tools  # noqa: F401
from sayso.sources.shapes._kinds import KINDS, media_of
from sayso.sources.shapes.draw import draw_scene
from sayso.sources.shapes.items import elsewhere, make_objects, make_phrases, make_relations, vocabulary
from sayso.sources.shapes.language import describe, make_captions, make_questions, make_statements
from sayso.sources.shapes.reasoning import make_hard_questions, make_spatial_statements
from sayso.sources.shapes.scene import Spec, make_scene, parse_reference
from sayso.sources.shapes.view import View

__all__ = ["draw", "Shapes"]

ORDINALS = ("first", "second")
SCENES = ("things", "writing")
CYCLE = ("things", "writing", *KINDS)


@draws("shapes")
def draw(reference: str) -> Image.Image:
    """The picture behind `shapes:v2?...`, pixel by pixel the same wherever it is drawn.

    Raises:
        DataError: not a reference of this source.
    """
    spec, index, medium = parse_reference(reference)
    if spec.kind in SCENES:
        return draw_scene(make_scene(spec, index, medium), size=spec.size)
    if spec.kind not in KINDS:
        raise DataError(f"{reference!r} is of kind {spec.kind!r}; this release draws {', '.join((*SCENES, *KINDS))}")
    return KINDS[spec.kind].draw(spec, index, medium)


@sources.register("shapes")
@dataclass(frozen=True, kw_only=True)
class Shapes:
    """Items `start` to `start + count` of the scenes of `seed`; the fields are the options of a recipe.

    Raises:
        ConfigError: the things do not fit, there is no such kind, or `text` and `num_images` do not go with it.
    """

    kind: str = "things"
    """What is shown: `things` (coloured shapes), one of the further kinds, or `everything`, which takes the kinds in turns."""
    seed: int = 0
    """Another seed gives other scenes."""
    count: int = 1000
    """Number of items."""
    start: int = 0
    """Index of the first item; ranges that do not overlap give different scenes."""
    image_size: int = 48
    """Side of the square picture in pixels."""
    grid: int = 3
    """Cells along a side; a thing sits in a cell of its own."""
    max_objects: int = 4
    """Most things in one picture; their number is uniform."""
    min_objects: int = 1
    """Fewest things in one picture."""
    text: bool = False
    """Whether to write one to three words in free cells; `kind: writing` does the same."""
    num_images: int = 1
    """1; or 2 pictures an item; or 0, the scene told in words before each question and statement."""
    part: str = "all"
    """What part of the scenes: `seen`, or one that is new in one way to who saw only that (`new_color`, `new_pair`, `new_layout`, `new_font`)."""
    split: str = ""
    """What `AnnotatedItem.split` says."""

    def __post_init__(self) -> None:
        if self.num_images not in (0, 1, 2):
            raise ConfigError(f"num_images is {self.num_images}; use 0 (text only), 1 or 2")
        if self.count < 0 or self.start < 0:
            raise ConfigError(f"count {self.count} and start {self.start} must not be negative")
        if self.kind not in (known := (*SCENES, *KINDS, "everything")):
            raise ConfigError(f"kind is {self.kind!r}; use one of {', '.join(known)}")
        if self.kind != "things" and (self.text or self.num_images != 1):
            raise ConfigError(
                f"kind {self.kind!r} has pictures of its own; leave out text and num_images, or use things"
            )
        for spec in self.specs:
            spec.check()

    @cached_property
    def specs(self) -> tuple[Spec, ...]:
        """What kinds of scenes, taken in turns."""
        return tuple(map(self._spec, CYCLE if self.kind == "everything" else (self.kind,)))

    def _spec(self, kind: str) -> Spec:
        return Spec(
            kind=kind,
            seed=self.seed,
            size=self.image_size,
            grid=self.grid,
            min_objects=self.min_objects,
            max_objects=self.max_objects,
            text=self.text or kind == "writing",
            part=self.part,
        )

    def items(self) -> Iterator[AnnotatedItem]:
        """All items in order; none is ever bad."""
        for index in range(self.start, self.start + self.count):
            yield self.item(index)

    def item(self, index: int) -> AnnotatedItem:
        """Item `index`, on its own."""
        spec = self.specs[index % len(self.specs)]
        if spec.kind in KINDS:
            return self._told(spec, index)
        views = [self._view(spec, index, medium) for medium in range(max(1, self.num_images))]
        build = self._one if len(views) == 1 else self._several
        return build(index, views)

    def _told(self, spec: Spec, index: int) -> AnnotatedItem:
        name = f"shapes-{self.seed}-{index}"
        facts = KINDS[spec.kind].tell(spec, index)
        return AnnotatedItem(id=name, source="shapes", split=self.split, group=name, **facts)

    def _view(self, spec: Spec, index: int, medium: int) -> View:
        scene = make_scene(spec, index, medium)
        where = f" in the {ORDINALS[medium]} image" if self.num_images > 1 else ""
        return View(spec, scene, chance=Stream(self.seed, "shapes language", index, medium), where=where)

    def _one(self, index: int, views: list[View]) -> AnnotatedItem:
        view = views[0]
        description = describe(view)
        objects = make_objects(view, 0 if self.num_images else None)
        questions, statements = make_questions(view), make_statements(view)
        if self.num_images == 0:
            questions, statements = _tell(description, questions, statements)
        else:
            questions += make_hard_questions(view, objects)
            statements += make_spatial_statements(view)
        return AnnotatedItem(
            id=(name := f"shapes-{self.seed}-{index}"),
            source="shapes",
            split=self.split,
            group=name,
            media=media_of(view.spec, index) if self.num_images else (),
            objects=objects,
            relations=make_relations(view.scene, self.grid, first=0),
            captions=make_captions(view.scene, self.grid),
            questions=questions,
            statements=statements,
            labels={"description": description, "count": str(len(view.things))},
            phrases=make_phrases(view, objects),
            vocabulary=vocabulary(view.spec),
            elsewhere=elsewhere(view, index, stride=len(self.specs)) if self.num_images else {},
        )

    def _several(self, index: int, views: list[View]) -> AnnotatedItem:
        objects: tuple[AnnotatedObject, ...] = ()
        relations: tuple[Relation, ...] = ()
        for medium, view in enumerate(views):
            relations += make_relations(view.scene, self.grid, first=len(objects))
            objects += make_objects(view, medium)
        described = [f"{ordinal} image: {describe(view)}" for ordinal, view in zip(ORDINALS, views, strict=True)]
        captions = [make_captions(view.scene, self.grid, view.where) for view in views]
        questions = [question for view in views for question in make_questions(view)]
        return AnnotatedItem(
            id=(name := f"shapes-{self.seed}-{index}"),
            source="shapes",
            split=self.split,
            group=name,
            media=media_of(views[0].spec, index, count=len(views)),
            objects=objects,
            relations=relations,
            captions=tuple(" ".join(parts) for parts in zip(*captions, strict=True)),
            questions=(*questions, *_compare(views)),
            statements=tuple(statement for view in views for statement in make_statements(view)),
            labels={"description": ". ".join(described), "count": str(sum(len(view.things) for view in views))},
            vocabulary=vocabulary(self.specs[0]),
        )


def _tell(
    description: str, questions: tuple[Question, ...], statements: tuple[Statement, ...]
) -> tuple[tuple[Question, ...], tuple[Statement, ...]]:
    """Questions and statements that bring the scene along in words, for items without a picture."""
    asked = [
        Question(text=f"{description}. {q.text}", answers=q.answers, options=q.options, kind=q.kind) for q in questions
    ]
    return tuple(asked), tuple([Statement(text=f"{description}. {s.text}", label=s.label) for s in statements])


def _compare(views: list[View]) -> tuple[Question, ...]:
    one, other = (len(view.things) for view in views)
    if one == other:
        return ()
    answer = ORDINALS[int(other > one)]
    return (Question(text="which image has more shapes?", answers=(answer,), options=ORDINALS, kind="compare"),)
