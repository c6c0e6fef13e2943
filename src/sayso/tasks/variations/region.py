"""The region in place of the name: what a question's answer tells of a thing is not asked for, but where that thing is.

It is asked only where the answer belongs to one thing of the picture alone: its class or its colour or texture is the answer, of every
other thing the same kind of fact is known, and none shares it. A question that says where to look (`at top left`) tells the region and
is left out.
"""

from collections.abc import Iterator
from dataclasses import replace

from sayso.records import AnnotatedItem, AnnotatedObject
from sayso.seeds import Stream
from sayso.tasks._drafts import answer
from sayso.tasks._objects import boxed, mentions
from sayso.tasks._protocol import Draft, Task
from sayso.tasks._vocabulary import FAMILIES
from sayso.tasks.variations._asking import asks, no_question
from sayso.tasks.variations._protocol import Variation, new_task, variations

__all__ = ["region"]

TELLING = ("label", "color", "texture")
PLACES = tuple(word for family in FAMILIES["position"] for word in family if " " in word)
NOWHERE = {
    "counting": "a number names no thing",
    "object_recognition": "its question fits several things, and only its options say which is meant",
    "outside_knowledge_vqa": "its answers are known of things, and do not name them",
    "position_reasoning": "it asks for the place already",
    "scene_recognition": "its answers are about the whole picture",
    "sport_understanding": "its answers are about the whole picture",
}


@variations.register("region")
def region() -> Variation:
    """The variation `region`."""
    return _vary


def _vary(task: Task) -> Task | str:
    if reason := NOWHERE.get(task.name) or no_question(task):
        return reason

    def function(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
        for asked in list(asks(task, item, stream)):
            one = _only(item, asked.gold)
            if one and one.region and not any(mentions(asked.question, place) for place in PLACES):
                yield replace(answer(one.region, question=asked.question), media=asked.media)

    summary = "Give the region of the thing that a question asks about"
    return new_task(
        task, kind="region", summary=summary, slots={"question": "text"}, output="region", function=function
    )


def _only(item: AnnotatedItem, word: str) -> AnnotatedObject | None:
    """The one thing of which a word is true, if it has a box and all others are known to be otherwise."""
    for kind in TELLING:
        known = [_fact(one, kind) for one in item.objects]
        if known.count(word) == 1 and None not in known:
            found = item.objects[known.index(word)]
            return found if any(found is one for one in boxed(item)) else None
    return None


def _fact(one: AnnotatedObject, kind: str) -> str | None:
    return one.label if kind == "label" else one.attributes.get(kind)
