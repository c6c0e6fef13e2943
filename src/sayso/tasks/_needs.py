"""What items offer and tasks ask for, under the same names.

A task runs on any item that provides what its card needs, whatever source the item came from. Some needs can be met in two
ways, since a source may bring a question (`what color is the bus?`) or the facts from which one is made: a `color_question`
is met by either.
"""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from sayso.records import AnnotatedItem, AnnotatedObject, Question
from sayso.tasks._protocol import Task

__all__ = ["in_words", "meets", "NEEDS", "provides", "QUESTION_KINDS"]

QUESTION_KINDS = (
    "color", "shape", "size", "texture", "count", "presence", "object", "position", "relation", "text", "scene", "sport",
    "sentiment", "utility", "activity", "attribute", "compositional", "knowledge", "commonsense", "compare",
)  # fmt: skip
"""What `Question.kind` may say; tasks of one kind of question look for theirs."""
FACTS: Mapping[str, str] = MappingProxyType(
    {
        "color": "or an object with a colour",
        "count": "or named objects",
        "object": "or one of kind shape, or named objects",
        "position": "or named objects",
        "presence": "or named objects",
        "text": "or an object with text on it",
    }
)
"""What else meets the need of a question of a kind: the facts from which the task makes one."""
LABELS = ("disaster", "flaw", "goal", "method")
STATEMENTS = ("spatial", "entailment", "claim")
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
        "legibility": "writing that is said to be legible or not",
        "text_type": "writing that is said to be printed, handwritten or other",
        "text_in_image": "an object with text on it",
        "relations": "relations between objects",
        "captions": "a caption of the whole",
        "other_captions": "captions of other items of the source",
        "caption_foils": "named objects or captions of other items, from which wrong captions are made",
        "questions": "a question with its answers",
        "other_questions": "questions about other items of the source",
        "statements": "a sentence that is true or false of the media",
        "dialogue": "a dialogue about the media, or several questions, which make one",
        "description": "a dense description of every object",
        "phrases": "a phrase for a region",
        "region_phrases": "a phrase for a region, or an object with a box and a colour, size or texture",
        "expressions": "a phrase that fits one region alone, or an object with a box",
        "region_attributes": "an object with a box, and attributes that it has and lacks or a colour, size or texture",
        "pointing_question": "a question with boxes to point at, or an object with a box",
        "spatial_facts": "a statement of kind spatial, or relations between objects",
        "steps": "two steps of a procedure or more",
        "conversation": "a conversation that somebody wrote",
        **{f"{kind}_question": " ".join((f"a question of kind {kind}", FACTS.get(kind, ""))).strip() for kind in QUESTION_KINDS},
        **{f"{kind}_statement": f"a statement of kind {kind}" for kind in STATEMENTS},
        **{key: f"a label `{key}` of the whole" for key in LABELS},
    }
)  # fmt: skip
"""What a card may name under `needs`, and what it means for one item."""


def provides(item: AnnotatedItem) -> frozenset[str]:
    """The needs that `item` meets."""
    found = {name for name in ("objects", "relations", "dialogue") if getattr(item, name)}
    found.update(_said(item))
    found.update(_asked(item.questions))
    found.update(_elsewhere(item))
    found.update(_media(item))
    found.update(row.task for row in item.filled)
    for one in item.objects:
        found.update(_object(one))
    return frozenset(found | set(_either(item, found)))


def _said(item: AnnotatedItem) -> Iterator[str]:
    """What is there in words; a blank caption says nothing."""
    if any(caption.strip() for caption in item.captions):
        yield "captions"
    said = [statement for statement in item.statements if statement.text.strip()]
    if said:
        yield "statements"
        yield from (f"{statement.kind}_statement" for statement in said if statement.kind in STATEMENTS)
    if any(phrase.text.strip() for phrase in item.phrases):
        yield "phrases"
    if len(item.steps) > 1:
        yield "steps"
    if item.conversation:
        yield "conversation"
    yield from (key for key in ("description", *LABELS) if item.labels.get(key, "").strip())


def _asked(questions: tuple[Question, ...]) -> Iterator[str]:
    """What the questions are about; a blank one asks nothing. Kinds that are not ours are names of brought tasks."""
    asked = [question for question in questions if question.text.strip()]
    if asked:
        yield "questions"
    if len(asked) > 1:
        yield "dialogue"
    if any(question.answer_box for question in asked):
        yield "pointing_question"
    for question in asked:
        if question.kind:
            yield f"{question.kind}_question" if question.kind in QUESTION_KINDS else question.kind


def _elsewhere(item: AnnotatedItem) -> Iterator[str]:
    for key in ("captions", "questions"):
        if any(text.strip() for text in item.elsewhere.get(key, ())):
            yield f"other_{key}"


def _media(item: AnnotatedItem) -> Iterator[str]:
    count = sum(medium.kind == "image" for medium in item.media)
    if count:
        yield "images"
    if count in {1, 2} and count == len(item.media):
        yield "image" if count == 1 else "two_images"


def _object(one: AnnotatedObject) -> Iterator[str]:
    if one.region is not None and not one.crowd:
        yield "boxes"
        if one.tags and one.lacks:
            yield "region_attributes"
    if one.text:
        yield "text_in_image"
    yield from (kind for kind in ("legibility", "text_type") if kind in one.attributes)
    for kind in ("color", "size", "texture"):
        if kind in one.attributes:
            yield from ("attributes", kind)


def _either(item: AnnotatedItem, found: set[str]) -> Iterator[str]:
    """Needs that can be met in several ways, from those that are met."""
    if "objects" in found:
        yield from ("caption_foils", "count_question", "object_question", "position_question", "presence_question")
    if found & {"relations", "spatial_statement"}:
        yield "spatial_facts"
    if "other_captions" in found:
        yield "caption_foils"
    if "shape_question" in found:
        yield "object_question"
    yield from (f"{kind}_question" for need, kind in (("color", "color"), ("text_in_image", "text")) if need in found)
    if "boxes" in found:
        yield from ("expressions", "pointing_question")
    if {"boxes", "attributes"} <= found:
        yield from ("region_attributes", "region_phrases")
    if "phrases" in found:
        yield "region_phrases"
    if any(phrase.unique for phrase in item.phrases):
        yield "expressions"


def meets(task: Task, item: AnnotatedItem) -> bool:
    """Whether `item` carries everything that `task` needs."""
    return task.needs <= provides(item)


def in_words(needs: Iterable[str]) -> str:
    """Needs with what they mean: `count_question (a question of kind count or named objects)`."""
    return ", ".join(f"{name} ({NEEDS[name]})" if name in NEEDS else name for name in sorted(needs))
