"""Keeps generated wordings out of training, at two distances, so that a test on unseen wordings says how far unseen they are.

- L1, the same generator: a share of each task's generated wordings.
- L2, an operation never trained: every generated wording in whose lineage one of the named operations stands, its own or that of a
  wording it was made from, alone or composed with others (`question_form+synonyms`).
- L3, written by others, is not made here: these are the held-out lines of `augment.templates`.

A held-out wording with a near copy in training would be no unseen one. So nothing is held out that is near a given wording, which
training always sees, and what is near a held-out wording is trained on no more: it is refused, with a reason, and counted. To lose few
that way, L1 takes the wordings with the fewest near copies first, and chance decides among equals. Near is what the filter
`held_out_leak` calls so: the share of common words, politeness aside. Pure: equal arguments give equal results.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from sayso.config import HeldOutWordingsConfig
from sayso.instructions.augment.expand import JudgedTemplate
from sayso.instructions.filters.wording import words
from sayso.records import Template, Verdict
from sayso.seeds import Stream

__all__ = ["hold_out", "operations_of", "unused_operations"]

Bag = frozenset[tuple[str, int]]
POLITE = {"please", "kindly"}
"""Words that make no difference; `wording.overlap` leaves out the same."""


def hold_out(rows: Iterable[JudgedTemplate], *, config: HeldOutWordingsConfig, seed: int) -> list[JudgedTemplate]:
    """The rows of one task in their order, some of the accepted generated wordings held out, some refused for being near those."""
    judged = list(rows)
    if not config.fraction and not config.operations:
        return judged
    known = {row.template.id: row.template for row in judged}
    split = _Split([row.template for row in judged if _trained(row)], known=known, config=config)
    split.hold_operations()
    split.hold_share(seed)
    places = iter(range(len(judged)))
    return [split.decided(next(places), row=row) if _trained(row) else row for row in judged]


def operations_of(template: Template, *, known: Mapping[str, Template]) -> frozenset[str]:
    """What was done to get a wording, and to get what it was made from, as far as `known` has that by id; empty for a written one."""
    found: set[str] = set()
    passed: set[str] = set()
    one: Template | None = template
    while one is not None and one.lineage is not None and one.id not in passed:
        passed.add(one.id)
        found.update(one.lineage.operation.split("+"))
        one = known.get(one.lineage.parent)
    return frozenset(found)


def unused_operations(templates: Iterable[Template], *, config: HeldOutWordingsConfig) -> tuple[str, ...]:
    """Operations that were to be held out and that no wording was made by: perhaps a mistyped name."""
    used = {operation for template in templates for operation in operations_of(template, known={})}
    return tuple(name for name in config.operations if name not in used)


def _trained(row: JudgedTemplate) -> bool:
    return not row.template.held_out and (row.verdict is None or row.verdict.keep)


class _Split:
    """The wordings of a task that training would see, by position, and what becomes of the generated ones."""

    def __init__(
        self, templates: Sequence[Template], *, known: Mapping[str, Template], config: HeldOutWordingsConfig
    ) -> None:
        self._templates, self._known, self._config = templates, known, config
        self._near = _neighbours([_bag(template.text) for template in templates], threshold=config.near)
        self._generated = [place for place, template in enumerate(templates) if template.lineage]
        given = set(range(len(templates))) - set(self._generated)
        self._seen = {place: near for place in self._generated if (near := sorted(self._near[place] & given))}
        self._distance: dict[int, str] = {}
        self._refused: dict[int, str] = {}

    def hold_operations(self) -> None:
        """All wordings by a named operation go: those near a given wording cannot be tested with either."""
        for place in self._generated:
            if operations_of(self._templates[place], known=self._known).isdisjoint(self._config.operations):
                continue
            if place in self._seen:
                other = self._templates[self._seen[place][0]].id
                self._refused[place] = (
                    f"held_out: by an operation that is held out, and near a trained wording ({other})"
                )
            else:
                self._hold(place, "L2")

    def hold_share(self, seed: int) -> None:
        """Of what is left, the wordings that cost training least, until their share is reached or none is far enough."""
        wanted = round(self._config.fraction * sum(self._is_trained(place) for place in self._generated))
        free = [place for place in self._generated if place not in self._refused and place not in self._distance]
        free = [place for place in free if place not in self._seen]
        Stream(seed, "hold out", self._templates[0].task if self._templates else "").shuffle(free)
        for _ in range(min(wanted, len(free))):
            cheapest = min(free, key=self._cost)
            free.remove(cheapest)
            self._hold(cheapest, "L1")

    def decided(self, place: int, *, row: JudgedTemplate) -> JudgedTemplate:
        """The row of the wording at `place`, with what became of it."""
        if reason := self._refused.get(place):
            return JudgedTemplate(template=row.template, verdict=Verdict(keep=False, reason=reason))
        if distance := self._distance.get(place):
            held = msgspec.structs.replace(row.template, held_out=True, distance=distance)
            return JudgedTemplate(template=held, verdict=row.verdict)
        return row

    def _hold(self, place: int, distance: str) -> None:
        self._distance[place] = distance
        self._refused.pop(place, None)
        told = f"held_out: near a held-out wording ({self._templates[place].id}, {distance})"
        for other in sorted(self._near[place]):
            if other not in self._distance:
                self._refused.setdefault(other, told)

    def _cost(self, place: int) -> int:
        """How many wordings training would lose with this one, itself aside."""
        return sum(self._is_trained(other) for other in self._near[place])

    def _is_trained(self, place: int) -> bool:
        return place not in self._distance and place not in self._refused


def _neighbours(bags: Sequence[Bag], *, threshold: float) -> list[set[int]]:
    """For each bag of words, the others that share at least the threshold of their words with it."""
    near: list[set[int]] = [set() for _ in bags]
    for one, own in enumerate(bags):
        for other in range(one):
            shared, union = len(own & bags[other]), len(own | bags[other])
            if not union or shared >= threshold * union:
                near[one].add(other)
                near[other].add(one)
    return near


def _bag(text: str) -> Bag:
    """The words of a wording, each with how often it came before, so that sets of these are compared with repetition."""
    return frozenset(_numbered(word for word in words(text) if word not in POLITE))


def _numbered(found: Iterable[str]) -> Iterator[tuple[str, int]]:
    seen: dict[str, int] = {}
    for word in found:
        seen[word] = seen.get(word, 0) + 1
        yield word, seen[word]
