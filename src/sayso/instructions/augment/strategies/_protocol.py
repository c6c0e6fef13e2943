"""What an expansion strategy is: a generator of batches of asks that is told what came of each batch before it gives the next.

A batch is asked for at once, of all tasks and parents in it. A task has `parents` to rewrite, `room` for so many more wordings, and a
`pool` of what it has; a strategy reads these and changes nothing.
"""

from collections.abc import Generator, Sequence
from typing import Protocol, TypeAlias

import msgspec

from sayso.instructions.augment.growing import Growing, JudgedTemplate
from sayso.instructions.augment.paraphrasers._protocol import Ask, Writer
from sayso.records import Template
from sayso.registry import Registry

__all__ = ["Batches", "Outcome", "strategies", "Strategy"]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an ask: each proposal with its verdict; `exhausted` where rules have nothing more to say about the parent."""

    ask: Ask
    rows: tuple[JudgedTemplate, ...]
    exhausted: bool = False

    @property
    def accepted(self) -> list[Template]:
        """The wordings that were kept."""
        return [row.template for row in self.rows if row.verdict and row.verdict.keep]


Batches: TypeAlias = Generator[Sequence[Ask], Sequence[Outcome], None]
"""Asks out, and what came of them in."""


class Strategy(Protocol):
    """Decides what to ask; deterministic, so that a run that was killed asks the same again."""

    @property
    def together(self) -> bool:
        """Whether tasks share a budget, so that one alone is not expanded as it is among others."""
        ...

    @property
    def by_rules(self) -> bool:
        """Whether it works with a paraphraser that has no moves and no temperature."""
        ...

    def batches(self, tasks: Sequence[Growing], *, writer: Writer) -> Batches:
        """Batch after batch until it is enough."""
        ...


strategies: Registry[Strategy] = Registry("expansion strategy", "sayso.instructions.augment.strategies")
"""Expansion strategies by name; a factory's keyword arguments are the options of a recipe's `strategy:`."""
