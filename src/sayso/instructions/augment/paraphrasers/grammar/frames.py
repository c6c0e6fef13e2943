"""Frames: the ways to put a command. `Count the dogs`, `Please count the dogs`, `Can you count the dogs?`, `Your task is to ...`.

A frame is a prefix before a verb phrase in its base form. Unframing takes any of them off again, so that every frame can
become every other.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Frame", "FRAMES", "unframe"]


@dataclass(frozen=True, slots=True)
class Frame:
    """A prefix, whether the result is a question, and the operation that using it amounts to."""

    operation: str
    prefix: str
    question: bool = False


FRAMES = (
    Frame("command_form", ""),
    Frame("politeness", "please "),
    Frame("question_form", "can you ", question=True),
    Frame("question_form", "could you ", question=True),
    Frame("politeness", "could you please ", question=True),
    Frame("politeness", "can you please ", question=True),
    Frame("politeness", "would you please ", question=True),
    Frame("politeness", "kindly "),
    Frame("declarative_form", "your task is to "),
    Frame("declarative_form", "the task is to "),
    Frame("declarative_form", "your job is to "),
    Frame("declarative_form", "in this task, you need to "),
    Frame("declarative_form", "the goal is to "),
    Frame("declarative_form", "you are asked to "),
    Frame("declarative_form", "you need to "),
    Frame("declarative_form", "you have to "),
    Frame("declarative_form", "this task asks you to "),
    Frame("declarative_form", "for this task, you have to "),
    Frame("declarative_form", "what you need to do is "),
    Frame("declarative_form", "in this task, your job is to "),
    Frame("declarative_form", "your goal is to "),
    Frame("formality", "you are required to "),
    Frame("formality", "you are expected to "),
    Frame("formality", "this task requires you to "),
    Frame("declarative_form", "you should "),
    Frame("perspective", "i would like you to "),
    Frame("perspective", "i want you to "),
    Frame("perspective", "i need you to "),
)
"""Operation names are those of the lineage."""

_TASK = r"(?:in this task,? |for this task,? )?"
_NEED = (
    r"(?:what )?you (?:will (?:need|be asked|be required|have) to|need to(?: do is)?|have to|must|should|are (?:asked|required|supposed|expected|instructed) to|will)|"
    r"(?:your|the) (?:job|goal|task|objective|aim)(?: of this task| here)? is (?:for you )?to|this task (?:asks|requires) you to|"
    r"i (?:would like|want|need) you to|i'd like you to"
)
_PREFIX = re.compile(rf"(?i){_TASK}(?:{_NEED}) (?!be\b|not\b|see\b|receive\b|get\b)(?:please )?")
_REQUEST = re.compile(
    r"(?i)(?:can|could|would|will) you (?:please |kindly )?(?:help (?:me )?(?=answer\b))?(?!say that\b|recommend\b|conclude\b|think\b|agree\b|infer\b)|(?:please|kindly),? |try to "
)


def unframe(body: str) -> Iterator[str]:
    """The sentence as it stands, and without its frame where it has one; without end mark."""
    for pattern in (_PREFIX, _REQUEST):
        if match := pattern.match(body):
            yield body[match.end() :].removesuffix(", please").removesuffix(" please")
            return
    yield body.removesuffix(", please").removesuffix(" please")
