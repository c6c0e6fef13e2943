"""What a task asks on an item, with every answer that its question could have: what variations are made of.

They are made of tasks whose one text is a question and whose answer is a word or a few. Wrong answers are those that the task itself would
offer: its options or, for an open question, the choices that the source knows for questions of that kind. So a wrong answer is no
easier to tell without looking than in the task.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sayso.records import AnnotatedItem, Media, Options
from sayso.seeds import Stream
from sayso.tasks._objects import mentions
from sayso.tasks._protocol import Task
from sayso.tasks._questions import answer_options
from sayso.tasks._vocabulary import FAMILIES

__all__ = ["Asked", "asks", "no_question", "YES_NO"]

YES_NO = frozenset(word for family in FAMILIES["answer"] for word in family) | {"not sure", "unknown"}


ANSWERED_SO = frozenset({"object_detection", "question_image_matching"})
"""Tasks whose answer is always a yes or no, about what is asked or about the question itself."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A question about an item, its accepted answers, and the words that could be its answer, the first accepted one among them."""

    question: str
    answers: tuple[str, ...]
    possible: tuple[str, ...]
    media: tuple[Media, ...] | None

    @property
    def gold(self) -> str:
        """The answer that is asked about."""
        return self.answers[0]

    @property
    def wrong(self) -> tuple[str, ...]:
        """What could have been the answer and is none."""
        accepted = {answer.casefold() for answer in self.answers}
        return tuple(word for word in self.possible if word.casefold() not in accepted)


def no_question(task: Task) -> str | None:
    """Why a task asks nothing that a variation could be made of; None where it does."""
    if {name: kind for name, kind in task.slots.items() if kind != "options"} != {"question": "text"}:
        return "a variation is made of a task whose one slot is a question"
    if task.name in ANSWERED_SO:
        return "its answers are yes and no"
    return None if task.output in {"text", "option"} else f"its answer is of type {task.output}, not words"


def asks(task: Task, item: AnnotatedItem, stream: Stream) -> Iterator[Asked]:
    """What `task` asks on `item`, where a wrong answer is known too and no answer is a yes or no."""
    for draft in list(task.function(item, stream)):
        question, options = str(draft.fields["question"]), draft.fields.get("options")
        answers = tuple(str(answer) for answer in draft.references)
        if not isinstance(options, Options):
            options = _choices(item, question, stream)
        possible = tuple(str(option) for option in options.items) if options else ()
        asked = Asked(question=question, answers=answers, possible=possible, media=draft.media)
        told = any(mentions(question, word) for word in asked.wrong)
        if asked.gold in possible and asked.wrong and not told and YES_NO.isdisjoint(map(str.casefold, possible)):
            yield asked


def _choices(item: AnnotatedItem, question: str, stream: Stream) -> Options | None:
    """For a question of the source, what could answer it; None where the task made the question or the source knows no other answer."""
    known = next((one for one in item.questions if one.text == question), None)
    return answer_options(known, stream, vocabulary=item.vocabulary) if known and known.answers else None
