"""Pieces that parsers share: yes or no as an answer, and options by label."""

from string import ascii_uppercase

from sayso.evaluate.metrics import Context
from sayso.evaluate.parsers._protocol import Parsed

__all__ = ["AROUND", "chosen", "labels_of", "missing", "option_of", "plain"]

AROUND = " \t\r\n.,;:!?\"'`()[]{}<>*_“”‘’"
"""What may stand around an answer and is no part of it."""


def plain(text: str) -> str:
    """Lower case, single spaces, without quotes, brackets, emphasis and end punctuation around it."""
    return " ".join(text.casefold().split()).strip(AROUND)


def missing(reason: str) -> Parsed:
    """No answer, and why."""
    return Parsed(text=None, reason=reason)


def labels_of(context: Context) -> tuple[str, ...]:
    """The labels that were shown; else a letter an option, or the whole alphabet where no option is known."""
    return context.labels or tuple(ascii_uppercase[: len(context.options) or 26])


def option_of(label: str, *, context: Context) -> str | None:
    """The text of the option with that label, the label itself where the options are not known, None where it is no label."""
    for place, known in enumerate(labels_of(context)):
        if known.casefold() == label.casefold():
            return context.options[place] if place < len(context.options) else known
    return None


def chosen(label: str, *, context: Context, otherwise: str) -> Parsed:
    """The option with that label; none, for the reason `otherwise`, where it is no label."""
    option = option_of(label, context=context) if label else None
    return missing(otherwise) if option is None else Parsed(text=option)
