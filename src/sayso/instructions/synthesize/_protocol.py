"""What a synthesizer is: items in, made items out, with a verdict each; the loop, the calls and the rules are shared.

    seeds, pictures, passages ──synthesizer──> Made(item, verdict, how it was made)
                                  │   ^
                              requests replies (kept on file: a killed run asks nothing twice)

A reply of a model is only text: it is parsed, judged by rules, and never evaluated or formatted. Everything that was made is told, also what is refused.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import msgspec

from sayso.artifacts import Progress
from sayso.instructions.synthesize.rules import Rule
from sayso.lm import LanguageModel
from sayso.records import AnnotatedItem, Record, TaskCard, Verdict
from sayso.registry import Registry

__all__ = ["Made", "Synthesis", "Synthesizer", "synthesizers"]


class Made(Record, frozen=True, kw_only=True):
    """One thing that was made: an item (and the card of its task, where it is of a new one), or only the reply that it could not be read from.

    `operation` says what was done, `parents` are ids of the items that it was made from, `round` counts from 0. `details` is what else the
    method wants told, such as a depth or a gap.
    """

    id: str
    operation: str
    verdict: Verdict
    item: AnnotatedItem | None = None
    card: TaskCard | None = None
    parents: tuple[str, ...] = ()
    reply: str = ""
    model: str = ""
    round: int = 0
    details: dict[str, Any] = msgspec.field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Synthesis:
    """What a synthesizer may use besides its own options.

    `model` writes; `others` are further ones by name (`target`, `judge`), where the recipe has them. `rules` decide about what was parsed, in order.
    `max_items` is how many are to be kept. `trained` are the folders of models that train stages among the parents made, in order.
    """

    seed: int
    max_items: int
    model: LanguageModel | None = None
    others: dict[str, LanguageModel] = field(default_factory=dict)
    rules: Sequence[tuple[str, Rule]] = ()
    trained: tuple[Path, ...] = ()
    progress: Progress = field(default_factory=Progress)


class Synthesizer(Protocol):
    """Makes items out of items."""

    def synthesize(self, items: Sequence[AnnotatedItem], *, synthesis: Synthesis) -> Iterator[Made]:
        """Everything that was made, in an order that depends on nothing but items, options, seed and replies.

        Ends when `max_items` are kept or nothing more comes of it.

        Raises:
            ConfigError: it needs a model, or items of another kind; says which.
            BackendError: a model gave up; what it answered is kept, and the same command goes on.
        """
        ...


synthesizers: Registry[Synthesizer] = Registry("synthesizer", "sayso.instructions.synthesize")
"""Synthesizers by name; a factory's keyword arguments are the options of a recipe's `synthesizer:`."""
