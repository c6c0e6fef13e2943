"""Pictures with one fact or two about the whole: the fields that settings, sports and hazards have in common."""

from collections.abc import Callable
from typing import NamedTuple

from sayso.records import Question
from sayso.seeds import Stream

__all__ = ["about", "captions_elsewhere", "questions_about", "Subject"]


class Subject(NamedTuple):
    """One fact of a whole picture: the kind of its questions, all its values, and ways to ask for it."""

    kind: str
    values: tuple[str, ...]
    asked: tuple[str, ...]


def about(subject: Subject, value: str, chance: Stream) -> Question:
    """A question for the value, in one of the ways."""
    return Question(text=chance.choice(subject.asked), answers=(value,), options=subject.values, kind=subject.kind)


def questions_about(facts: dict[Subject, str], chance: Stream) -> tuple[Question, ...]:
    """One question for each fact."""
    return tuple(about(subject, value, chance) for subject, value in facts.items())


def captions_elsewhere(caption: str, draw: Callable[[], str], *, count: int = 4) -> tuple[str, ...]:
    """Captions of other pictures, all different from this one's and from one another."""
    found: list[str] = []
    while len(found) < count:
        other = draw()
        if other != caption and other not in found:
            found.append(other)
    return tuple(found)
