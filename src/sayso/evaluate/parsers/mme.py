"""MME's own rule: the lower-cased output is `yes`, `no`, `y` or `n`, or one of the two words stands in its first four characters.

`yes` is looked for first. "None" and "Not really" hold a `no` in their first four characters and are a no there; "The answer is no" is no answer.
"""

from dataclasses import dataclass

from sayso.evaluate.metrics import Context
from sayso.evaluate.parsers._protocol import Parsed, parsers
from sayso.evaluate.parsers._words import missing

__all__ = ["mme", "Mme"]

SHORT = {"y": "yes", "n": "no"}


@dataclass(frozen=True)
class Mme:
    """The first four characters."""

    def read(self, output: str, *, context: Context) -> Parsed:
        """`yes` or `no`; none where the beginning has neither."""
        del context
        text = output.lower().strip()
        if text in SHORT:
            return Parsed(text=SHORT[text])
        found = next((word for word in ("yes", "no") if word in text[:4]), None)
        return missing("neither yes nor no in the first four characters") if found is None else Parsed(text=found)


@parsers.register("mme")
def mme() -> Mme:
    """The rule of MME."""
    return Mme()
