"""Contexts: sentences that can stand before any complete instruction without changing what it asks for.

They are cheap, so the paraphraser keeps their share small; two never stand together. Before a bare question, which has no
words of its own to exchange, every way to ask for an answer is one.
"""

import re

from sayso.instructions.augment.grammar.english import VERBS
from sayso.instructions.augment.grammar.frames import FRAMES
from sayso.instructions.augment.grammar.spread import spread
from sayso.instructions.augment.protect import SENTINEL, Protected

__all__ = ["bare_question", "BEGINNINGS", "CONTEXTS", "in_context", "INTRODUCTIONS", "QUESTIONS"]

CONTEXTS = spread(
    "Here is (your|the) task(.|:)",
    "(Please do|Do) the following(.|:)",
    "(Please carry|Carry) out (this|the following) (task|instruction)(.|:)",
    "(Please follow|Follow) (this instruction|the instruction below)(.|:)",
    "(Please complete|Complete) (this|the following) task(.|:)",
    "Task:",
    "Instruction:",
    "(Your|The) task is as follows(.|:)",
    "This is (your|the) task(.|:)",
    "Here is what (you need|you have|there is) to do(.|:)",
    "This is what you (need|have|are asked) to do(.|:)",
    "What follows is a task for you.",
    "Below is (a task for you|your task|the task).",
    "You are given the following (task|instruction)(.|:)",
    "(Please work|Work) on the following task(.|:)",
)
"""Each may stand before a whole instruction."""
QUESTIONS = spread(
    "(Please respond|Respond|Please reply|Reply) to the following(.|:)",
    "(Please answer|Answer|Please give an answer to) the following(.|:)",
    "(Please consider|Consider) the following and (answer|respond|reply)(.|:)",
    "(Please read|Read) the following and (answer|respond|reply)(.|:)",
    "Here is (your|the) task(.|:)",
    "(Your|The) task is as follows(.|:)",
    "Below is (a task for you|your task|the task).",
    "What follows is a task for you.",
    "Task:",
)
"""Each may stand before a whole text that asks without a command."""
BEGINNINGS = spread(
    "(Please complete|Complete|Please continue|Continue|Please finish|Finish) (the following|the following text|this text|the text below)(.|:)",
    "(Please fill|Fill) in what is missing at the end(.|:)",
    "(Your task is|You are asked|You need|You have) to (complete|continue|finish) (the following|the following text|this text):",
    "(Can|Could) you (complete|continue|finish) (the following|this text)?",
)
"""Each may stand before a text that breaks off and is to be completed."""
_ANSWERS = spread(
    "(answer|respond to|reply to|give an answer to) (the following question|this question):",
    "(answer|respond to|reply to|give an answer to) the question (below.|that follows.|given here.)",
    "(say|state|work out|find) the answer to (the following question|this question):",
)
_HEADS = spread("(Question|The question): ", "(Here|This) is (a|the|your) question: ", "The question is(| as follows): ", "Consider (the following|this) question: ")
INTRODUCTIONS = tuple((head, "context") for head in _HEADS) + tuple(
    (f"{(frame.prefix + answer)[:1].upper()}{(frame.prefix + answer)[1:]} ", frame.operation)
    for frame in FRAMES
    if not frame.question
    for answer in _ANSWERS
)
"""Each may stand before a bare question; with the operation that it amounts to."""
_BREAKS_OFF = re.compile(r"(?:\A|[a-z] |\s)(?:[a-z]+|A|An|The)\s*\Z")
_COMMANDS = re.compile(rf"(?:\A|[.?!:]\s+|\n|, |{SENTINEL.pattern}[.\"]?\s+)(?:(?:please|kindly|briefly|your|you)\b|(?:{'|'.join(sorted(VERBS))})\b(?! (?:of|for|in|on)\b))", re.IGNORECASE)
_TASKS = re.compile(r"(?i)\b(?:task|instruction|job|goal)\b|\A(?:in this|here is|this is|you are given|the following|below)|\A(?:exam|problem|input|question|q)\b[^.]*:")


def in_context(text: str) -> tuple[str, ...]:
    """The contexts that suit `text`; none where it speaks of its task itself or begins with a small letter."""
    if _TASKS.search(text) or not re.match(r"[A-Z\"“({\d-]|SLOT", text):
        return ()
    if _BREAKS_OFF.search(text):
        return tuple(f"{context} {text}" for context in BEGINNINGS)
    if not _COMMANDS.search(text):
        return tuple(f"{context} {text}" for context in QUESTIONS)
    return tuple(f"{context} {text}" for context in CONTEXTS)


def bare_question(protected: Protected) -> tuple[str, str] | None:
    """The slot of a question that stands alone but for its options, and what follows it."""
    questions = [word for word, name in protected.names.items() if name == "question"]
    if len(questions) != 1 or SENTINEL.sub("", protected.text).strip(" \n?") or not protected.text.lstrip().startswith(questions[0]):
        return None
    return questions[0], protected.text.split(questions[0], 1)[1]
