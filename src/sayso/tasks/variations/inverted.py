"""Input and answer change places: an answer is given, and the question of the picture that it answers is to be chosen.

Every question on offer could have had that answer - it is among the choices of each - and only one has it here, so that the wording of a
question does not tell. One example an item. All are questions about the same item, asked by the same task in several rounds, since one round asks few.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from sayso.records import AnnotatedItem, Options
from sayso.seeds import Stream
from sayso.tasks._drafts import choose
from sayso.tasks._objects import mentions, pick
from sayso.tasks._protocol import Draft, SlotType, Task
from sayso.tasks.variations._asking import Asked, asks, no_question
from sayso.tasks.variations._protocol import Variation, new_task, variations

__all__ = ["inverted"]

SLOTS: Mapping[str, SlotType] = {"answer": "text", "options": "options"}
ROUNDS = 6
NUM_CHOICES = 4


@variations.register("inverted")
def inverted() -> Variation:
    """The variation `inverted`."""
    return _vary


def _vary(task: Task) -> Task | str:
    if reason := no_question(task):
        return reason

    def function(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
        known = {asked.question: asked for _ in range(ROUNDS) for asked in asks(task, item, stream)}
        found = [(one, rivals) for one in known.values() if (rivals := _rivals(one, known.values()))]
        for gold, rivals in pick(found, stream, count=1):
            wrong = [other.question for other in pick(rivals, stream, count=NUM_CHOICES - 1)]
            choices = Options(items=tuple(sorted((gold.question, *wrong))))
            yield replace(choose(gold.question, choices, answer=gold.gold), media=gold.media)

    summary = "Choose the question that an answer belongs to"
    return new_task(task, kind="inverted", summary=summary, slots=SLOTS, output="option", function=function)


def _rivals(one: Asked, known: Iterable[Asked]) -> list[Asked]:
    """Questions that the answer of `one` could answer too, and does not."""
    return [
        other
        for other in known
        if one.gold in other.wrong and other.media == one.media and not mentions(other.question, one.gold)
    ]
