"""A choice among options, where the output plainly makes one: by label, by the option's own text, or by both.

"B", "(b)", "B.", "B. red", "red", "The answer is B" and "B. red, since ..." choose; "B or C" and two answers are ambiguous; "A cat is red" starts with an
article and names no option. What is the whole text of an option names that option, as in the metric `accuracy`: among numbered numbers "2" is the number two, and
only "(2)" could be either. The answer is the option's text, so that it compares with the gold answer under every style of options; where no options
are known it is the label in upper case.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sayso.evaluate.metrics import Context
from sayso.evaluate.parsers._protocol import Parsed, parsers
from sayso.evaluate.parsers._words import missing, option_of, plain

__all__ = ["Letter", "letter"]

LEAD = re.compile(r"\b(?:answer|choice|option)\b(?:\s+(?:is|would\s+be|must\s+be))?\s*[:=]?\s*", re.IGNORECASE)
FURTHER = re.compile(r"[.:]\s+|[,;/\n]\s*|\b(?:or|and)\s+", re.IGNORECASE)
MARKED = re.compile(r"[\s*\"'`_]*[(\[]?\s*([A-Za-z]|\d{1,2})(?:\s*[).:\]*]+|(?=\s*\Z)|(?=\n))(.*)\Z", re.DOTALL)
LED = re.compile(r"[\s*\"'`_]*[(\[]?(?:[A-Za-z]|\d{1,2})[)\]]?(?=[*\"'`_]*[.,;])")
START = re.compile(r"\A|\n")
STOP = re.compile(r"[.,;:!?\n]")
LOOK = 200
"""How many characters behind a place are looked at, besides those of the longest option."""


@dataclass(frozen=True)
class Letter:
    """Strict."""

    def read(self, output: str, *, context: Context) -> Parsed:
        """The chosen option; none where several are, or none is."""
        if not plain(output):
            return missing("empty prediction")
        size = LOOK + max(map(len, context.options), default=0)
        found = _named_at(_behind(START, output, size=size), context=context)
        found |= _led(_behind(LEAD, output, size=size), context=context)
        if found:
            rest = _without(output, found & set(context.options))
            found |= _named_at(_behind(FURTHER, rest, size=size), context=context)
        if len(found) == 1:
            return Parsed(text=found.pop())
        several = found or len(_mentioned(output, context=context)) > 1
        return missing("ambiguous: names several options" if several else "no option named")


def _behind(pattern: re.Pattern[str], output: str, *, size: int) -> list[str]:
    """The next `size` characters behind each match."""
    rests = (output[found.end() : found.end() + size] for found in pattern.finditer(output))
    return [rest for rest in rests if plain(rest)]


def _without(output: str, options: Iterable[str]) -> str:
    """The output without what was chosen: "cats and dogs" does not choose "dogs" besides."""
    for option in options:
        output = re.sub(re.escape(option), "", output, flags=re.IGNORECASE) if plain(option) else output
    return output


def _led(places: Iterable[str], *, context: Context) -> set[str]:
    """What is named behind "the answer is", where a label may be followed by a full stop and any sentence."""
    ends = ((text, LED.match(text)) for text in places)
    return {option for text, end in ends for option in _named(end.group() if end else text, context=context)}


def _named_at(places: Iterable[str], *, context: Context) -> set[str]:
    return {option for text in places for option in _named(text, context=context)}


def _named(text: str, *, context: Context) -> set[str]:
    """The options that a text names at its start: by text, or else by label; by either, where it is marked as a label is."""
    whole = {option for option in context.options if plain(option) == plain(text)}
    if whole and not re.match(r"\W*\w+\)", text):
        return whole
    return whole | _labelled(text, context=context) or _by_text(text, context=context)


def _labelled(text: str, *, context: Context) -> set[str]:
    """The option whose label stands there alone, or before the option's own text."""
    marked = MARKED.match(text)
    option = option_of(marked.group(1), context=context) if marked else None
    if marked is None or option is None:
        return set()
    rest = marked.group(2)
    alone = not rest.strip() or "\n" in rest[: len(rest) - len(rest.lstrip())]
    return {option} if alone or (context.options and _starts_with(rest, option)) else set()


def _by_text(text: str, *, context: Context) -> set[str]:
    """The option that a first clause consists of: "red, since ...", the longest where one begins another."""
    found = [option for option in context.options if _starts_with(text, option)]
    return {max(found, key=len)} if found else set()


def _starts_with(text: str, option: str) -> bool:
    """Whether the text is the option, or begins with it and a punctuation mark follows."""
    wanted, given = plain(option), " ".join(text.casefold().split(" ")).lstrip(" \t\n\"'`*_([{")
    if not wanted or not given.startswith(wanted):
        return False
    rest = given[len(wanted) :].lstrip(" \"'`*_)]}")
    return not rest or STOP.match(rest) is not None


def _mentioned(output: str, *, context: Context) -> set[str]:
    words = plain(output)
    by_text = {o for o in context.options if plain(o) and re.search(rf"(?<!\w){re.escape(plain(o))}(?!\w)", words)}
    letters = re.findall(r"(?<!\w)\(?([A-Z])\)?(?!\w)", output)
    return by_text | {option for one in letters if (option := option_of(one, context=context)) is not None}


@parsers.register("letter")
def letter() -> Letter:
    """Strict choice among options."""
    return Letter()
