"""Contexts: sentences that can stand before any complete instruction without changing what it asks for.

They are cheap, so the paraphraser keeps their share small; two never stand together. Before a bare question, which has no
words of its own to exchange, every way to ask for an answer is one.
"""

import re
from collections.abc import Iterator

from sayso.instructions.augment.paraphrasers.grammar.english import VERBS, capitalise
from sayso.instructions.augment.paraphrasers.grammar.frames import FRAMES
from sayso.instructions.augment.paraphrasers.grammar.spread import spread
from sayso.instructions.protect import SENTINEL, Protected

__all__ = ["bare_question", "BEGINNINGS", "CONTEXTS", "in_context", "INTRODUCTIONS", "QUESTIONS"]

CONTEXTS = spread(
    "Here is (your|the) task:",
    "(Please do|Do|You should do|You need to do) the following:",
    "(Please carry|Carry) out (this|the following) (task|instruction):",
    "(Please follow|Follow) (this instruction|the instruction below).",
    "(Please complete|Complete|You have to complete) (this|the following) task:",
    "Task:",
    "Instruction:",
    "(Your|The) task is as follows:",
    "(Your|The) task is this:",
    "This is (your|the) task:",
    "Here is what (you need|you have|there is) to do:",
    "This is what you (need|have|are asked) to do:",
    "Below is (a task for you|your task|the task).",
    "You are given the following (task|instruction):",
    "(Please work|Work) on (the following|this) task:",
)
"""Each may stand before a whole instruction."""
QUESTIONS = spread(
    "(Please respond|Respond|Please reply|Reply|You should respond) to (the following|what follows|this):",
    "(Please answer|Answer|Please give an answer to|Give an answer to|You should answer|You need to answer) (the following|what follows|this):",
    "(Please consider|Consider|Please read|Read) (the following|what follows|this) and (answer|respond|reply):",
    "Here is (your|the) task:",
    "(Your|The) task is (as follows|this):",
    "Below is (a task for you|your task|the task).",
    "This is (your|the) task:",
    "Task:",
    "(Please work|Work) on (the following|this):",
)
"""Each may stand before a whole text that asks without a command."""
BEGINNINGS = spread(
    "(Please complete|Complete|Please continue|Continue|Please finish|Finish) (the following|what follows|the following text|this text|the text below|this):",
    "(Please fill|Fill) in what is missing at the end:",
    "(Your task is|You are asked|You need|You have) to (complete|continue|finish) (the following|the following text|this text):",
    "(Can|Could) you (please complete|complete|continue|finish) (the following|this text|this)?",
)
"""Each may stand before a text that breaks off and is to be completed."""
_ANSWERS = spread(
    "(answer|respond to|reply to|give an answer to) (the following question|this question|the question below)",
    "(answer|respond to|reply to|give an answer to) (the question that follows|the question given here)",
    "(state|work out|find|give) the answer to (the following question|this question)",
    "read (this question|the following question) and answer it",
)
_HEADS = spread(
    "(Question|The question): ", "(Here|This) is (a|the|your) question: ", "(The|Your) question is(| as follows): ", "(The|Your) question is this: ",
    "Consider (the following|this) question: ", "(A|The|Your) question for you: ", "Question to (answer|be answered): ", "You are asked this question: ",
    "You have this question to answer: ",
)  # fmt: skip


def _introductions() -> Iterator[tuple[str, str]]:
    yield from ((head, "context") for head in _HEADS if not head.startswith(("The question for", "Your question for")))
    for frame in FRAMES:
        for answer in _ANSWERS:
            text = frame.prefix + answer
            yield f"{capitalise(text)}{'?' if frame.question else ':'} ", frame.operation


INTRODUCTIONS = tuple(_introductions())
"""Each may stand before a bare question; with the operation that it amounts to."""
_BREAKS_OFF = re.compile(r"(?:\A|[a-z] |\s)(?:[a-z]+|A|An|The)\s*\Z")
_COMMANDS = re.compile(
    rf"(?:\A|[.?!:]\s+|\n|, |{SENTINEL.pattern}[.\"]?\s+)(?:(?:please|kindly|briefly|your|you)\b|(?:{'|'.join(sorted(VERBS))})\b(?! (?:of|for|in|on)\b))",
    re.IGNORECASE,
)
_TASKS = re.compile(r"(?i)\b(?:tasks?|instructions?|job|goal)\b")
_OPENS = re.compile(
    r"(?i)(?:in this|for this|here is|this is|you are given|the following|below|exam|problem|input|instruction|please (?:do|follow|complete|answer this)|(?:answer|reply to|respond to) (?:the following|this)|(?:your|the|here is the|this is the) (?:question|task))\b"
)


def in_context(text: str) -> tuple[str, ...]:
    """The contexts that suit `text`; none where it speaks of its task itself or begins with a small letter."""
    if _OPENS.match(text) or not re.search(r"[A-Za-z]", text) or not re.match(r"[A-Z\"“({\d-]|SLOT", text):
        return ()
    found = CONTEXTS if _COMMANDS.search(text) else QUESTIONS
    if _breaks_off(text):
        found = BEGINNINGS
    if _TASKS.search(text):
        found = tuple(context for context in found if not _TASKS.search(context))
    return tuple(f"{context} {text}" for context in found)


def _breaks_off(text: str) -> bool:
    """Whether the last sentence is neither whole nor a command nor a question: `The sentiment of this review is`."""
    last = re.split(r"[.?!:\n]", text.strip())[-1].strip()
    begins = re.match(r"(?:please |kindly )?([a-z]+)", last.lower())
    whole = begins is not None and (begins[1] in VERBS or begins[1] in _ASKING)
    return _BREAKS_OFF.search(text) is not None and not whole and not _COMMANDS.search(last)


_ASKING = frozenset(
    {
        "what",
        "which",
        "who",
        "where",
        "why",
        "how",
        "is",
        "are",
        "does",
        "do",
        "did",
        "can",
        "could",
        "would",
        "will",
        "should",
        "your",
        "you",
    }
)


def bare_question(protected: Protected) -> tuple[str, str] | None:
    """The slot of a question that stands alone but for its options, and what follows it."""
    questions = [word for word, name in protected.names.items() if name == "question"]
    if (
        len(questions) != 1
        or SENTINEL.sub("", protected.text).strip(" \n?")
        or not protected.text.lstrip().startswith(questions[0])
    ):
        return None
    return questions[0], protected.text.split(questions[0], 1)[1]
