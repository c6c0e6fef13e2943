"""How often every unit of a corpus occurs, at most once a turn, in bounded memory.

Counts are exact until there are more than `max_units` different units. Then the rarest are forgotten, those with the least counts, until half of
the places are free, and every count from then on may be too small by as much as was forgotten at a time (`max_missed`, summed over all
times): true - max_missed <= count <= true. This is the bound of Misra and Gries (1982) with the cut made rarely; a unit that
comes often enough to be a template is counted exactly unless it first comes late.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sayso.instructions.task_templates.units import Unit, open_units
from sayso.records import Message, TextPart

__all__ = ["Seen", "UnitCounter"]

MAX_UNITS = 1_000_000


@dataclass(frozen=True, slots=True)
class Seen:
    """A unit as it stands in the corpus, and where: the id of a conversation."""

    text: str
    example: str


@dataclass(kw_only=True)
class UnitCounter:
    """Counts by key. What a unit looks like is kept from its second time on, since most units come once."""

    max_units: int = MAX_UNITS
    num_turns: int = 0
    num_conversations: int = 0
    max_missed: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    seen: dict[str, Seen] = field(default_factory=dict)
    _hash: Any = field(default_factory=hashlib.sha256)

    def add(self, messages: Iterable[Message], *, example: str) -> None:
        """Count the units of every turn of the user."""
        self.num_conversations += 1
        for message in messages:
            if message.role == "user":
                parts = [part for part in message.parts if isinstance(part, TextPart)]
                if parts:
                    self._turn(parts, example)

    @property
    def corpus_hash(self) -> str:
        """The first 16 hex digits of a SHA-256 over the texts of all turns of the user, in order."""
        return str(self._hash.hexdigest())[:16]

    def _turn(self, parts: list[TextPart], example: str) -> None:
        self.num_turns += 1
        once: set[str] = set()
        for part in parts:
            self._hash.update(part.text.encode("utf-8", "surrogatepass") + b"\0")
            for unit in open_units(part):
                if unit.key not in once:
                    once.add(unit.key)
                    self._count(unit, part.text, example)

    def _count(self, unit: Unit, text: str, example: str) -> None:
        count = self.counts.get(unit.key, 0) + 1
        self.counts[unit.key] = count
        if count == 2:
            self.seen[unit.key] = Seen(text=text[unit.start : unit.end], example=example)
        elif count == 1 and len(self.counts) > self.max_units:
            self._forget()

    def _forget(self) -> None:
        ranked = sorted(self.counts.values(), reverse=True)
        least = ranked[self.max_units // 2]
        self.counts = {key: count for key, count in self.counts.items() if count > least}
        self.max_missed += least
        self.seen = {key: seen for key, seen in self.seen.items() if key in self.counts}
