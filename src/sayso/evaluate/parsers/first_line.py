"""The first line that is not blank, for models that go on writing; another parser may read the answer there (`then`)."""

from dataclasses import dataclass

from sayso.evaluate.metrics import Context
from sayso.evaluate.parsers._protocol import Parsed, Parser, parsers
from sayso.evaluate.parsers._words import missing

__all__ = ["first_line", "FirstLine"]


@dataclass(frozen=True)
class FirstLine:
    """One line."""

    then: Parser

    def read(self, output: str, *, context: Context) -> Parsed:
        """What `then` reads in the first line; none where all lines are blank."""
        line = next((line.strip() for line in output.splitlines() if line.strip()), None)
        return missing("empty prediction") if line is None else self.then.read(line, context=context)


@parsers.register("first_line")
def first_line(*, then: str = "whole") -> FirstLine:
    """What `then`, another parser, reads in the first line."""
    return FirstLine(parsers.build(then, {}))
