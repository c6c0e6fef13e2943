"""Tasks that the data bring along: their definition stands in the data, such as those of Natural Instructions.

They are no part of the catalogue, since the library has no wordings for them.
"""

from collections.abc import Iterator, Mapping

from sayso.records import AnnotatedItem, Options, TaskCard, Template, TextPart
from sayso.seeds import Stream
from sayso.tasks._drafts import answer, choose
from sayso.tasks._protocol import Draft, Output, SlotType, Task

__all__ = ["AS_WRITTEN", "brought_task", "CONVERSATION"]

SLOTS: Mapping[str, Mapping[str, SlotType]] = {
    "text": {"input": "text"},
    "option": {"input": "text", "options": "options"},
}
METRICS: Mapping[Output, tuple[str, ...]] = {
    "text": ("rouge_l", "exact_match"),
    "option": ("accuracy",),
    "region": ("iou",),
    "region_option": ("accuracy",),
}


AS_WRITTEN = Template(id="conversation/as_written", task="conversation", text="(as it was written)", origin="data")
"""Stands for the wording of a conversation, which brings its own."""


def _last_turn(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    parts = item.conversation[-1].parts if item.conversation else ()
    text = "".join(part.text for part in parts if isinstance(part, TextPart))
    if text.strip() and item.conversation[-1].role == "assistant":
        yield Draft(references=(text,), messages=item.conversation, wordings=item.wordings)


CONVERSATION = Task(
    name="conversation",
    category="conversation",
    summary="Answer the last turn of a conversation that somebody wrote",
    needs=frozenset({"conversation"}),
    slots={},
    output="text",
    metrics=METRICS["text"],
    function=_last_turn,
)
"""Any conversation in any format, rendered word for word; in training all of its answers are learned from."""


def brought_task(card: TaskCard) -> Task:
    """The task of a card: every question of its name is an example, every answer a reference; or every row filled in for it."""

    def fill(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
        for row in item.filled:
            if row.task == card.name:
                yield Draft(fields=row.fields, references=row.references)

    def ask(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
        for question in item.questions:
            if question.kind != card.name or not question.answers:
                continue
            if card.output == "option":
                yield choose(question.answers[0], Options(items=question.options), input=question.text)
            else:
                yield answer(*question.answers, input=question.text)

    return Task(
        name=card.name,
        category=card.category,
        summary=card.summary,
        needs=frozenset({card.name}),
        slots=SLOTS[card.output] if card.slots is None else card.slots,
        output=card.output,
        metrics=METRICS[card.output],
        held_out=card.held_out,
        function=ask if card.slots is None else fill,
    )
