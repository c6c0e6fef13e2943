"""What warms a small model up before any instruction; not part of MultiInstruct.

From raw pixels question answering stays at chance for a long time; naming everything in the picture first makes a tiny
vision-language model see, and answering from what is written teaches it to read.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from sayso.records import AnnotatedItem
from sayso.seeds import Stream
from sayso.tasks._drafts import answer, sentence
from sayso.tasks._objects import various
from sayso.tasks._protocol import Draft, task

__all__ = ["dense_description", "description_question_answering"]


@task(needs=("image", "description"), metrics=("rouge_l", "exact_match"))
def dense_description(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Describe every object of the picture, place by place."""
    yield answer(item.labels["description"])


@task(needs=("description", "questions"), slots={"passage": "text", "question": "text"})
def description_question_answering(item: AnnotatedItem, stream: Stream) -> Iterator[Draft]:
    """Answer a question from a written description alone, without any picture."""
    # Ours, not MultiInstruct's: the text-only task, for items with or without media. The passage is the evidence.
    passage = item.labels["description"]
    # Items without media may tell the passage in every question; here it stands once, in its own slot.
    asked = [replace(question, text=question.text.removeprefix(f"{passage}. ")) for question in item.questions]
    for question in various(asked, stream, count=1):
        fields = {"passage": sentence(passage), "question": question.text}
        yield Draft(fields=fields, references=question.answers, media=())
