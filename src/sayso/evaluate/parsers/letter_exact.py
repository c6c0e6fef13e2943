"""A label as ScienceQA's scripts read it: the whole output is one, or a capital and a full stop are its first two characters.

"B" and "B. red" are read; "(B)", "b" and "The answer is B" are not. The answer is the option's text, or the label where the options are not known.
"""

from dataclasses import dataclass

from sayso.evaluate.metrics import Context
from sayso.evaluate.parsers._protocol import Parsed, parsers
from sayso.evaluate.parsers._words import chosen

__all__ = ["letter_exact", "LetterExact"]


@dataclass(frozen=True)
class LetterExact:
    """The bare label, or `X.` at the start."""

    def read(self, output: str, *, context: Context) -> Parsed:
        """The chosen option; none for all else."""
        text = output.strip()
        alone = len(text) == 1 or text[1:2] == "."
        label = text[:1] if alone and text[:1].isupper() else ""
        return chosen(label, context=context, otherwise="no label alone or before a full stop")


@parsers.register("letter_exact")
def letter_exact() -> LetterExact:
    """The rule of ScienceQA."""
    return LetterExact()
