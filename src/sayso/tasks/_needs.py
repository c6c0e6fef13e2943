"""What items offer and tasks ask for, under the same names.

A task runs on any item that provides what its card needs, whatever source the item came from.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from sayso.records import AnnotatedItem, AnnotatedObject
from sayso.tasks._protocol import Task

__all__ = ["meets", "NEEDS", "provides", "QUESTION_KINDS"]

NEEDS: Mapping[str, str] = MappingProxyType(
    {
        "image": "exactly one image",
        "two_images": "exactly two images",
        "images": "one image or more",
        "objects": "named objects",
        "boxes": "an object with a box that is no crowd",
        "attributes": "an object with a colour, size or texture",
        "color": "an object with a colour",
        "size": "an object with a size",
        "texture": "an object with a texture",
        "text_in_image": "an object with text on it",
        "relations": "relations between objects",
        "captions": "a caption of the whole",
        "questions": "a question with its answers",
        "statements": "a sentence that is true or false of the media",
        "dialogue": "a dialogue about the media, or several questions, which make one",
        "description": "a dense description of every object",
        "phrases": "a phrase for a region",
        "steps": "two steps of a procedure or more",
        "conversation": "a conversation that somebody wrote",
    }
)
"""What a card may name under `needs`, and what it means for one item."""
QUESTION_KINDS = (
    "color", "shape", "size", "texture", "count", "presence", "object", "position", "relation", "text", "scene", "sport",
    "sentiment", "utility", "activity", "attribute", "compositional", "knowledge", "commonsense", "compare",
)  # fmt: skip
"""What `Question.kind` may say; tasks of one kind of question look for theirs."""


def provides(item: AnnotatedItem) -> frozenset[str]:
    """The needs that `item` meets."""
    found = {name for name in ("objects", "relations", "dialogue") if getattr(item, name)}
    found.update(_said(item))
    found.update(_media(item))
    for one in item.objects:
        found.update(_object(one))
    return frozenset(found)


def _said(item: AnnotatedItem) -> Iterator[str]:
    """What is there in words; a blank caption or question says nothing."""
    if any(caption.strip() for caption in item.captions):
        yield "captions"
    if any(statement.text.strip() for statement in item.statements):
        yield "statements"
    if asked := sum(bool(question.text.strip()) for question in item.questions):
        yield "questions"
        if asked > 1:
            yield "dialogue"
    if item.labels.get("description", "").strip():
        yield "description"
    if any(phrase.text.strip() for phrase in item.phrases):
        yield "phrases"
    if len(item.steps) > 1:
        yield "steps"
    if item.conversation:
        yield "conversation"
    yield from (question.kind for question in item.questions if question.kind and question.kind not in QUESTION_KINDS)


def _media(item: AnnotatedItem) -> Iterator[str]:
    count = sum(medium.kind == "image" for medium in item.media)
    if count:
        yield "images"
    if count in {1, 2} and count == len(item.media):
        yield "image" if count == 1 else "two_images"


def _object(one: AnnotatedObject) -> Iterator[str]:
    if one.region is not None and not one.crowd:
        yield "boxes"
    if one.text:
        yield "text_in_image"
    for kind in ("color", "size", "texture"):
        if kind in one.attributes:
            yield from ("attributes", kind)


def meets(task: Task, item: AnnotatedItem) -> bool:
    """Whether `item` carries everything that `task` needs."""
    return task.needs <= provides(item)
