"""Short ways to write a draft: an open answer, a choice, a verdict; slots are keyword arguments. And how a sentence ends."""

from sayso.records import Answer, FieldValue, Options
from sayso.tasks._protocol import Draft

__all__ = ["answer", "choose", "judge", "NO_YES", "sentence"]

ENDS = (".", "!", "?", "\u2026", '"', "\u201d")
NO_YES = Options(items=("no", "yes"))


def answer(*references: Answer, **fields: FieldValue) -> Draft:
    """Any of `references` is right."""
    return Draft(fields=fields, references=references)


def choose(gold: Answer, options: Options, **fields: FieldValue) -> Draft:
    """`gold` is one of `options`."""
    return Draft(fields={**fields, "options": options}, references=(gold,))


def judge(truth: bool, **fields: FieldValue) -> Draft:
    """Yes or no."""
    return choose("yes" if truth else "no", NO_YES, **fields)


def sentence(text: str) -> str:
    """`text` with a full stop where it has no end: wordings go on after it (`There is a tower Is this true?`)."""
    words = text.strip()
    return words if not words or words.endswith(ENDS) else f"{words}."
