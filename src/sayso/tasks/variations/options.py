"""An open question, answered by choosing: the answer among others that the question could have had."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from sayso.records import AnnotatedItem
from sayso.seeds import Stream
from sayso.tasks._drafts import choose
from sayso.tasks._options import word_options
from sayso.tasks._protocol import Draft, SlotType, Task
from sayso.tasks.variations._asking import asks, no_question
from sayso.tasks.variations._protocol import Variation, new_task, variations

__all__ = ["options"]

SLOTS: Mapping[str, SlotType] = {"question": "text", "options": "options"}
THERE_ALREADY = {"open_domain_vqa": "visual_question_answering asks just that"}


@variations.register("options")
def options() -> Variation:
    """The variation `options`."""
    return _vary


def _vary(task: Task) -> Task | str:
    if task.output != "text":
        return f"its answer is of type {task.output}, and only open answers become a choice"
    if reason := THERE_ALREADY.get(task.name) or no_question(task):
        return reason

    def function(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
        for asked in list(asks(task, item, stream)):
            if choices := word_options(asked.gold, stream, pool=asked.wrong):
                yield replace(choose(asked.gold, choices, question=asked.question), media=asked.media)

    summary = "Choose the answer to a question that is open otherwise"
    return new_task(task, kind="options", summary=summary, slots=SLOTS, output="option", function=function)
