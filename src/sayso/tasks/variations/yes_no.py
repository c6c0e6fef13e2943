"""Is this the answer? A question and an answer are given, true or false with equal chance, and yes or no is asked for.

A false answer is one that the question could have had, drawn from what the task would offer.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from sayso.records import AnnotatedItem
from sayso.seeds import Stream
from sayso.tasks._drafts import judge
from sayso.tasks._protocol import Draft, SlotType, Task
from sayso.tasks.variations._asking import asks, no_question
from sayso.tasks.variations._protocol import Variation, new_task, variations

__all__ = ["yes_no"]

SLOTS: Mapping[str, SlotType] = {"question": "text", "answer": "text", "options": "options"}


@variations.register("yes_no")
def yes_no() -> Variation:
    """The variation `yes_no`."""
    return _vary


def _vary(task: Task) -> Task | str:
    if reason := no_question(task):
        return reason

    def function(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
        for asked in list(asks(task, item, stream)):
            truth = stream.below(2) == 1
            shown = asked.gold if truth else stream.choice(asked.wrong)
            yield replace(judge(truth, question=asked.question, answer=shown), media=asked.media)

    summary = "Tell whether an answer to a question is right"
    return new_task(task, kind="yes_no", summary=summary, slots=SLOTS, output="option", function=function)
