"""POPE's own rule, as LLaVA's script has it: what is not a no is a yes.

Of the text before the first full stop, without commas and cut at spaces, a word `No`, `no` or `not` makes it a no; everything else is a yes, an
empty output and "NO" as well. It is here so that numbers compare with published ones; `yes_no` says how many of them were guesses.
"""

from dataclasses import dataclass

from sayso.evaluate.metrics import Context
from sayso.evaluate.parsers._protocol import Parsed, parsers

__all__ = ["pope_official", "PopeOfficial"]

NEGATIVE = {"No", "no", "not"}


@dataclass(frozen=True)
class PopeOfficial:
    """Always an answer."""

    def read(self, output: str, *, context: Context) -> Parsed:
        """`no` where one of three words stands before the first full stop, else `yes`."""
        del context
        words = output.split(".")[0].replace(",", "").split(" ")
        return Parsed(text="no" if NEGATIVE & set(words) else "yes")


@parsers.register("pope_official")
def pope_official() -> PopeOfficial:
    """The rule of the published POPE numbers."""
    return PopeOfficial()
