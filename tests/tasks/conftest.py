"""Hand-built items: small enough to know every right answer by heart."""

from collections.abc import Callable

import pytest

from sayso.records import AnnotatedItem, AnnotatedObject, Media, Question, Region, Relation, Statement


@pytest.fixture
def thing() -> Callable[..., AnnotatedObject]:
    """`thing("circle", 0, 0, color="red")`: a box of a ninth of the picture in column 0, row 0."""

    def make(label: str, column: int, row: int, **more: str) -> AnnotatedObject:
        text, crowd = more.pop("text", None), bool(more.pop("crowd", ""))
        box = Region(x1=column / 3 + 0.05, y1=row / 3 + 0.05, x2=column / 3 + 0.28, y2=row / 3 + 0.28)
        return AnnotatedObject(label=label, region=box, attributes=more, text=text, crowd=crowd)

    return make


@pytest.fixture
def item() -> Callable[..., AnnotatedItem]:
    """`item(*objects, captions=...)`: one image with these objects."""

    def make(*objects: AnnotatedObject, **more: object) -> AnnotatedItem:
        media = more.pop("media", (Media(path="a.png", width=48, height=48),))
        return AnnotatedItem(id=str(more.pop("id", "i")), source="hand", objects=objects, media=media, **more)

    return make


@pytest.fixture
def scene(thing, item) -> AnnotatedItem:
    """Everything annotated: two circles, a square and a written word."""
    return item(
        thing("circle", 0, 0, color="red", size="large", texture="plain"),
        thing("circle", 2, 0, color="blue", size="large", texture="striped"),
        thing("square", 0, 2, color="red", size="small", texture="dotted"),
        thing("word", 2, 2, text="CAT"),
        relations=(
            Relation(subject=0, predicate="left of", object=1),
            Relation(subject=1, predicate="right of", object=0),
            Relation(subject=0, predicate="above", object=2),
            Relation(subject=2, predicate="below", object=0),
        ),
        captions=("a red circle, a blue circle and a red square.",),
        questions=(
            Question(text="what color is the square?", answers=("red",), kind="color"),
            Question(text="how many circles are there?", answers=("2",), kind="count"),
            Question(text="is there a blue square?", answers=("no",), options=("yes", "no"), kind="presence"),
        ),
        statements=(Statement(text="there are 2 circles.", label="true"),
                    Statement(text="there are 3 circles.", label="false")),
        labels={"description": "top left: large red plain circle; bottom left: small red dotted square"},
    )  # fmt: skip
