"""A label as SEED-Bench is scored: the first character of the output, in either case, whatever follows. "A red bus" chooses A there."""

from dataclasses import dataclass

from sayso.evaluate.metrics import Context
from sayso.evaluate.parsers._protocol import Parsed, parsers
from sayso.evaluate.parsers._words import chosen

__all__ = ["first_character", "FirstCharacter"]


@dataclass(frozen=True)
class FirstCharacter:
    """One character."""

    def read(self, output: str, *, context: Context) -> Parsed:
        """The option whose label comes first; none where the first character is no label."""
        return chosen(output.strip()[:1], context=context, otherwise="the first character is no label")


@parsers.register("first_character")
def first_character() -> FirstCharacter:
    """The rule of SEED-Bench."""
    return FirstCharacter()
