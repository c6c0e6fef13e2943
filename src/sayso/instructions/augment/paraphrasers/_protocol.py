"""What a paraphraser is: one wording in, proposals for other wordings out, each with its lineage.

A proposal is only text. It becomes a template when every filter has kept it, so a paraphraser may be wrong, and a language
model that answers with nonsense does no harm. One that works by rules says one wording after the other (`propose`); one that asks a language
model is opened with the place where replies are kept. Either is used through a `Writer`, which takes many asks at once, of all
tasks and parents, so that a model is never kept waiting.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

import msgspec

from sayso.artifacts import Progress
from sayso.records import Lineage, Template
from sayso.registry import Registry
from sayso.seeds import Stream

__all__ = ["Ask", "ModelParaphraser", "Paraphraser", "paraphrasers", "Proposal", "Writer", "Written"]


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """Text proposed as another wording, and what was done to get it; slots are in braces again.

    `problem` says why the text can be no wording whatever a filter says: a slot that a model lost, a reply that was cut off.
    `language` is that of the text where it is not its parent's.
    """

    text: str
    lineage: Lineage
    problem: str = ""
    language: str = ""


class Paraphraser(Protocol):
    """Rewrites templates by rules."""

    def propose(self, template: Template, *, count: int, stream: Stream) -> Iterator[Proposal]:
        """At most `count` wordings of `template`, best first, made lazily; none where it has nothing to say."""
        ...


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """One turn of a paraphraser: rewrite `parent`, which descends from the given wording `root`.

    `move` is what to do to it, one of the writer's moves; empty for one that works by rules, which then says what comes next.
    `number` tells apart asks that are otherwise equal; of rules at most `most` wordings of one parent are wanted.
    """

    parent: Template
    root: Template
    move: str = ""
    temperature: float | None = None
    round: int = 0
    number: int = 0
    most: int = 0


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an ask: proposals, or none where it has nothing more to say (`exhausted`); and what it cost."""

    ask: Ask
    proposals: tuple[Proposal, ...] = ()
    exhausted: bool = False
    calls: int = 1
    prompt_tokens: int = 0
    completion_tokens: int = 0


class Writer(Protocol):
    """An opened paraphraser."""

    @property
    def moves(self) -> tuple[str, ...]:
        """What may be asked of it, in the usual order; one that is named twice is asked twice. Empty for rules."""
        ...

    def write(self, asks: Sequence[Ask]) -> Iterator[Written]:
        """One `Written` an ask, in their order.

        Raises:
            BackendError: a language model gave up; what it answered is stored.
        """
        ...


@runtime_checkable
class ModelParaphraser(Protocol):
    """Rewrites templates with a language model."""

    def open(self, *, seed: int, store: Path, progress: Progress) -> Writer:
        """Make it ready; every reply is kept in the file `store`, so that none is asked for twice.

        Raises:
            BackendError: the model or its endpoint cannot be used.
        """
        ...


paraphrasers: Registry[Paraphraser | ModelParaphraser] = Registry(
    "paraphraser", "sayso.instructions.augment.paraphrasers"
)
"""Paraphrasers by name; a factory's keyword arguments are the options of a recipe's `paraphraser:`."""
