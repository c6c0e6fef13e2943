"""Paraphrasers by rules behind the interface of all: an ask gives the next proposal for its parent."""

from collections.abc import Iterator, Sequence

from sayso.instructions.augment.paraphrasers._protocol import Ask, Paraphraser, Proposal, Written
from sayso.seeds import Stream

__all__ = ["RuleWriter"]


class RuleWriter:
    """Goes on where it was with each parent; its proposals depend on nothing but the seed and the parent."""

    moves = ()

    def __init__(self, paraphraser: Paraphraser, *, seed: int) -> None:
        self._paraphraser = paraphraser
        self._seed = seed
        self._under_way: dict[tuple[str, str], Iterator[Proposal]] = {}

    def write(self, asks: Sequence[Ask]) -> Iterator[Written]:
        """One proposal an ask, until the parent is exhausted."""
        for ask in asks:
            proposal = next(self._proposals(ask), None)
            yield Written(ask=ask, proposals=(proposal,) if proposal else (), exhausted=proposal is None, calls=0)

    def _proposals(self, ask: Ask) -> Iterator[Proposal]:
        parent = ask.parent
        key = (parent.id, parent.text)
        if key not in self._under_way:
            stream = Stream(self._seed, "augment", parent.task, parent.id, parent.text)
            self._under_way[key] = iter(self._paraphraser.propose(parent, count=ask.most, stream=stream))
        return self._under_way[key]
