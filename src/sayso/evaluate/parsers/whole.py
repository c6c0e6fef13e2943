"""The whole output is the answer, as it stands."""

from dataclasses import dataclass

from sayso.evaluate.metrics import Context
from sayso.evaluate.parsers._protocol import Parsed, parsers

__all__ = ["Whole", "whole"]


@dataclass(frozen=True)
class Whole:
    """Takes all of it."""

    def read(self, output: str, *, context: Context) -> Parsed:
        """The output without outer white space; none where it is blank."""
        del context
        text = output.strip()
        return Parsed(text=text) if text else Parsed(text=None, reason="empty prediction")


@parsers.register("whole")
def whole() -> Whole:
    """All of the output."""
    return Whole()
