"""Contexts: sentences that can stand before any complete instruction without changing what it asks for.

They are cheap, so the paraphraser keeps their share small; two never stand together. Before a bare question, which has no
words of its own to exchange, every way to ask for an answer is one.
"""

import re
from collections.abc import Iterator

from sayso.instructions.augment.paraphrasers.grammar.english import NOUN_LIKE, VERBS, capitalise
from sayso.instructions.augment.paraphrasers.grammar.frames import FRAMES
from sayso.instructions.augment.paraphrasers.grammar.spread import spread
from sayso.instructions.protect import SENTINEL, Protected

__all__ = ["bare_question", "BEGINNINGS", "CONTEXTS", "in_context", "INTRODUCTIONS", "QUESTIONS"]

CONTEXTS = spread(
    "Here is (your|the) task:",
    "(Please do|Do) the following:",
    "(Please carry|Carry) out (this|the following) (task|instruction):",
    "(Please follow|Follow) this instruction:",
    "(Please complete|Complete) (this|the following) task:",
    "Task:",
    "Instruction:",
    "(Your|The) task is as follows:",
    "This is (your|the) task:",
    "Here is what you (need|have) to do:",
    "This is what you (need|have) to do:",
    "You are given the following (task|instruction):",
)
"""Each may stand before a whole instruction."""
READING = spread("(Please consider|Consider|Please read|Read) (the following|this) and (answer|respond):")
"""Each may stand before several labelled texts."""
QUESTIONS = spread(
    "(Please answer|Answer|You should answer) (the following|this):",
    "(Please respond|Respond|Please reply|Reply) to (the following|this):",
    *READING,
    "(Please consider|Consider) (the following|this):",
    "Here is (your|the) task:",
)
"""Each may stand before a whole text that asks without a command."""
BEGINNINGS = spread(
    "(Please complete|Complete|Please continue|Continue|Please finish|Finish) (the following|the following text|this text|this):",
    "(Please fill|Fill) in what is missing at the end:",
    "(Your task is|You are asked) to (complete|continue|finish) (the following|the following text|this text):",
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
    "(Question|The question): ", "(Here|This) is (a|the) question: ", "Here is your question: ", "The question is(| as follows): ", "The question is this: ",
    "Consider (the following|this) question: ", "A question for you: ", "Question to (answer|be answered): ", "You are asked this question: ",
)  # fmt: skip


def _introductions() -> Iterator[tuple[str, str]]:
    yield from ((head, "context") for head in _HEADS)
    for frame in FRAMES:
        for answer in _ANSWERS:
            text = frame.prefix + answer
            yield f"{capitalise(text)}{'?' if frame.question else ':'} ", frame.operation


INTRODUCTIONS = tuple(_introductions())
"""Each may stand before a bare question; with the operation that it amounts to."""
_BREAKS_OFF = re.compile(r"(?:\A|[a-z] |\s)(?:[a-z]+|A|An|The)\s*\Z")
_COMMANDS = re.compile(
    rf"(?:\A|[.?!:]\s+|\n|, |{SENTINEL.pattern}[.\"]?\s+)(?!{NOUN_LIKE} (?:of|for|in|on)\b)(?:please|kindly|briefly|your|you|{'|'.join(sorted(VERBS))})\b",
    re.IGNORECASE,
)
_LED = re.compile(rf"(?:For|Given) [^?]*\b(?:{'|'.join(sorted(VERBS))})\b[^?]*\Z")
_TASKS = re.compile(r"(?i)\b(?:tasks?|instructions?|job|goal)\b")
_OPENS = re.compile(
    r"(?i)here(?:'s|,)|you(?:'re|'ll)|(?:in this|for this|here is|in response|this (?:is|task)|you (?:see|are|will be|need|have|should|must|get|will)|what you need|the following|below|exam|problem|input|instruction|"
    r"(?:answer|reply to|respond to) (?:the following|this)|read|tell me|consider|suppose|imagine|(?:your|the|here is the|this is the) (?:question|task|job|goal|assignment))\b"
)
"""What speaks of its task itself, and what introduces what comes behind it."""
_REQUESTS = re.compile(
    r"(?i)\b(?:please|kindly)\b|(?:\A|[.?!:,\n] ?)(?:can|could|would|will) you\b|\byour (?:task|job|goal) is\b|\bthe (?:task|goal) is to\b"
)
_LABELLED = re.compile(r"[^.?!\n,]{0,40}:(?=\s|\Z)")
_ANSWERING = ("answer", "respon", "repl")
"""Of which one is enough: `Reply to this: How would you answer ...` says it twice."""


def in_context(text: str) -> tuple[str, ...]:
    """The contexts that suit `text`; none where it speaks of its task itself, requests something, or begins with a small letter."""
    if (
        _OPENS.match(text)
        or _REQUESTS.search(text)
        or not re.match(r"(?=.*[A-Za-z])(?:[A-Z\"“({\d-]|SLOT)", text, re.DOTALL)
    ):
        return ()
    said = text.lower()
    echoes = [word for word in ("following", "this is", "here is") if word in said]
    echoes += _ANSWERING if any(word in said for word in _ANSWERING) else []
    echoes += ["consider"] if "consider" in said[:30] else []
    tasks = _TASKS.search(text) is not None
    return tuple(
        f"{context} {text}"
        for context in _suiting(text)
        if not any(word in context.lower() for word in echoes) and not (tasks and _TASKS.search(context))
    )


def _suiting(text: str) -> tuple[str, ...]:
    """By what the text is: broken off, labelled, a command or a question; a single label with its slot has none."""
    if re.match(r"Homework|Exercise|Q:", text):
        return ()
    if _LABELLED.match(text):
        return READING if "?" in text and not _COMMANDS.search(text) else ()
    if _breaks_off(text):
        return BEGINNINGS
    asks = re.match(rf"(?:{'|'.join(_ASKING)})\b", text, re.IGNORECASE) is not None
    return CONTEXTS if not asks and (_COMMANDS.search(text) or _LED.match(text)) else QUESTIONS


def _breaks_off(text: str) -> bool:
    """Whether the last sentence is neither whole nor a command nor a question: `The sentiment of this review is`."""
    if text.rstrip().endswith(":"):
        return "?" not in text and re.search(r"[.\n]", text.strip()) is not None and not _COMMANDS.search(text)
    last = re.split(r"[.?!:\n]", text.strip())[-1].strip()
    begins = re.match(r"(?:please |kindly )?([a-z]+)", last.lower())
    whole = begins is not None and (begins[1] in VERBS or begins[1] in {*_ASKING, "your", "you"})
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
