"""What a paraphraser is: one wording in, proposals for other wordings out, each with its lineage.

A proposal is only text. It becomes a template when every filter has kept it, so a paraphraser may be wrong, and a language
model that answers with nonsense does no harm. Paraphrasers draw chance from the stream they are given and from nothing else.
"""

from collections.abc import Iterator
from typing import Protocol

import msgspec

from sayso.records import Lineage, Template
from sayso.registry import Registry
from sayso.seeds import Stream

__all__ = ["Paraphraser", "paraphrasers", "Proposal"]


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """Text proposed as another wording, and what was done to get it; slots are in braces again."""

    text: str
    lineage: Lineage


class Paraphraser(Protocol):
    """Rewrites templates."""

    def propose(self, template: Template, *, count: int, stream: Stream) -> Iterator[Proposal]:
        """At most `count` wordings of `template`, best first, made lazily; none where it has nothing to say."""
        ...


paraphrasers: Registry[Paraphraser] = Registry("paraphraser", "sayso.instructions.augment")
"""Paraphrasers by name; a factory's keyword arguments are the options of a recipe's `paraphraser:`."""
