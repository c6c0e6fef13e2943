"""Yes or no as lmms-eval reads POPE: the lower-cased, stripped output is exactly that word. "Yes." is no answer there."""

from dataclasses import dataclass

from sayso.evaluate.metrics import Context
from sayso.evaluate.parsers._protocol import Parsed, parsers
from sayso.evaluate.parsers._words import missing

__all__ = ["yes_no_lmms", "YesNoLmms"]


@dataclass(frozen=True)
class YesNoLmms:
    """The bare word."""

    def read(self, output: str, *, context: Context) -> Parsed:
        """`yes` or `no`; none for all else."""
        del context
        text = output.lower().strip()
        return Parsed(text=text) if text in {"yes", "no"} else missing("not exactly yes or no")


@parsers.register("yes_no_lmms")
def yes_no_lmms() -> YesNoLmms:
    """The rule of lmms-eval."""
    return YesNoLmms()
