"""The one number of an output, in digits: "There are 3 dogs" is 3, "1,200" is 1200, and "seven" alone is 7.

Number words count only where they are the whole output: in a sentence, "one" is often no number. Several different numbers are ambiguous.
"""

import re
from dataclasses import dataclass

from sayso.evaluate.metrics import Context
from sayso.evaluate.parsers._protocol import Parsed, parsers
from sayso.evaluate.parsers._words import missing, plain

__all__ = ["Number", "number"]

NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?![\w]|[.,]\d)", re.ASCII)
WORDS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
)


@dataclass(frozen=True)
class Number:
    """Strict."""

    def read(self, output: str, *, context: Context) -> Parsed:
        """The number without separators; none where there is none, or several are different."""
        del context
        word = plain(output)
        if word in WORDS:
            return Parsed(text=str(WORDS.index(word)))
        found = {one.replace(",", "").removeprefix("+") for one in NUMBER.findall(output)}
        if len(found) == 1:
            return Parsed(text=found.pop())
        return missing("ambiguous: several numbers" if found else "no number found")


@parsers.register("number")
def number() -> Number:
    """The one number."""
    return Number()
