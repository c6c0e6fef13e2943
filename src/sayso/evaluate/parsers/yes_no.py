"""Yes or no, where the output plainly says one of them.

The whole output is that word, or it begins with it and a punctuation mark follows ("Yes, there is one."). An output with both words is ambiguous, and a
sentence that only speaks of an absence ("There is no dog") answers in words that would have to be interpreted: neither is guessed at.
"""

import re
from dataclasses import dataclass

from sayso.evaluate.metrics import Context
from sayso.evaluate.parsers._protocol import Parsed, parsers
from sayso.evaluate.parsers._words import missing, plain

__all__ = ["yes_no", "YesNo"]

FIRST = re.compile(r"(yes|no)\s*(?:[.,;:!\n\-–—*\"')\]]|\Z)")
EITHER = re.compile(r"\b(yes|no)\b")


@dataclass(frozen=True)
class YesNo:
    """Strict."""

    def read(self, output: str, *, context: Context) -> Parsed:
        """`yes` or `no`; none where the output says both, or neither as its answer."""
        del context
        text = output.casefold().lstrip(" \t\r\n.,;:!?\"'`([{<*_“‘")
        said = set(EITHER.findall(text))
        if not plain(output):
            return missing("empty prediction")
        if len(said) > 1:
            return missing("ambiguous: says both yes and no")
        first = FIRST.match(text)
        if first:
            return Parsed(text=first.group(1))
        return missing("yes or no, but not as the answer" if said else "neither yes nor no")


@parsers.register("yes_no")
def yes_no() -> YesNo:
    """Strict yes or no."""
    return YesNo()
