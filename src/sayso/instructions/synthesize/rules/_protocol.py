"""What a rule is: an instruction, its input and its output, in; a verdict with a reason, out.

Rules stand in a row and the first that refuses gives the reason. One that compares with what was kept (`novelty`) is told of it by `keep`; all others
know nothing but what they are given.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from sayso.records import Verdict
from sayso.registry import Registry

__all__ = ["Announced", "Remembering", "Rule", "rules", "Written"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """Somebody's instruction, what it is about, and what was answered; `num_media` pictures stand beside them.

    `parent` is the instruction that it was made from, where there is one.
    """

    instruction: str
    input: str = ""
    output: str = ""
    num_media: int = 0
    parent: str = ""


class Rule(Protocol):
    """Judges one; never raises on a text, however hostile it is."""

    def judge(self, written: Written) -> Verdict:
        """Keep or drop, and why; the score, where there is one, is higher for what is kept."""
        ...


@runtime_checkable
class Remembering(Protocol):
    """A rule that compares with what was kept before."""

    def keep(self, written: Written) -> None:
        """Take it in: all rules kept it."""
        ...


@runtime_checkable
class Announced(Protocol):
    """A rule that looks at several together, and does better when it knows what comes."""

    def announce(self, writtens: Sequence[Written]) -> None:
        """These will be judged, or are a group of those that will."""
        ...


rules: Registry[Rule] = Registry("rule", "sayso.instructions.synthesize.rules")
"""Rules by name; a factory's keyword arguments are the options of an entry in a recipe's `rules:`."""
