"""Yes or no as VLMEvalKit reads it: the words of the output have one of the two and not the other, wherever it stands.

"There is no dog" is a no there, and so is "I have no idea".
"""

import re
from dataclasses import dataclass

from sayso.evaluate.metrics import Context
from sayso.evaluate.parsers._protocol import Parsed, parsers
from sayso.evaluate.parsers._words import missing

__all__ = ["yes_no_xor", "YesNoXor"]

WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class YesNoXor:
    """One of two words, not both."""

    def read(self, output: str, *, context: Context) -> Parsed:
        """`yes` or `no`; none where the words have both or neither."""
        del context
        said = {"yes", "no"} & set(WORD.findall(output.lower()))
        if len(said) == 1:
            return Parsed(text=said.pop())
        return missing("ambiguous: says both yes and no" if said else "neither yes nor no")


@parsers.register("yes_no_xor")
def yes_no_xor() -> YesNoXor:
    """The rule of VLMEvalKit."""
    return YesNoXor()
