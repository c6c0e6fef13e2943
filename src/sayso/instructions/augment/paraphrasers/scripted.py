"""Replays given texts: for tests, and for wordings that were made elsewhere.

`wordings` maps a parent, by its id or its text, to the texts to propose; `*` is for every other parent. The texts are
taken as they are, so that a filter sees exactly what the script says.
"""

from collections.abc import Iterator, Mapping, Sequence

from sayso.instructions.augment.paraphrasers._protocol import Proposal, paraphrasers
from sayso.records import Lineage, Template
from sayso.seeds import Stream

__all__ = ["Scripted", "scripted"]


class Scripted:
    """A paraphraser that says what it was told to."""

    def __init__(self, wordings: Mapping[str, Sequence[str]]) -> None:
        self._wordings = wordings

    def propose(self, template: Template, *, count: int, stream: Stream) -> Iterator[Proposal]:
        """The first `count` texts of the script for this template, in order."""
        found = next((self._wordings[key] for key in (template.id, template.text, "*") if key in self._wordings), ())
        lineage = Lineage(parent=template.id, operation="scripted", paraphraser="scripted")
        for text in found[:count]:
            yield Proposal(text=text, lineage=lineage)


@paraphrasers.register("scripted")
def scripted(*, wordings: dict[str, list[str]]) -> Scripted:
    """The paraphraser `scripted`; `wordings` maps a parent's id or text, or `*`, to the texts to propose."""
    return Scripted(wordings)
