"""What a parser is: it reads the answer out of what a model wrote, or says why it cannot. It never guesses.

Published scores differ by how answers are read out, so every figure says by which parser; the official ones, which do guess, are here under their
own names. Parsers work on raw outputs that are on file: another one can be tried without decoding again.
"""

from typing import Protocol

from sayso.evaluate.metrics import Context
from sayso.records import Record
from sayso.registry import Registry

__all__ = ["Parsed", "Parser", "parsers"]


class Parsed(Record, frozen=True, kw_only=True):
    """The answer, or None with the reason why there is none."""

    text: str | None
    reason: str = ""


class Parser(Protocol):
    """Reads answers."""

    def read(self, output: str, *, context: Context) -> Parsed:
        """The answer in a raw output; `context` has the options as shown and their labels."""
        ...


parsers: Registry[Parser] = Registry("parser", "sayso.evaluate.parsers")
"""Parsers by name."""
