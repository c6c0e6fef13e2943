"""How many characters of each role a corpus has, by subset, and how many of its turns have nothing left to learn in the instruction.

A turn whose instruction is all template is trained like plain visual instruction tuning: on its response alone. These are counted, since
an objective over instructions does nothing there.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sayso.records import Message, TextPart

__all__ = ["COUNTED", "RoleTally", "shares_of"]

COUNTED = ("instr", "instr_template", "options", "response")
"""Roles that are told; the objectives differ in them."""
MAX_SUBSETS = 1000
OTHERS = "(others)"
ALL_TEMPLATE = {"instr_template"}


@dataclass
class _Subset:
    characters: Counter[str] = field(default_factory=Counter)
    num_turns: int = 0
    num_all_template: int = 0


@dataclass
class RoleTally:
    """Counts by subset; beyond MAX_SUBSETS names the rest is counted together."""

    subsets: dict[str, _Subset] = field(default_factory=dict)

    def add(self, messages: Iterable[Message], *, subset: str) -> None:
        """Count the characters of a conversation, marked or not."""
        name = subset if subset in self.subsets or len(self.subsets) < MAX_SUBSETS else OTHERS
        told = self.subsets.setdefault(name, _Subset())
        for message in messages:
            roles = _roles(message)
            for role, count in roles.items():
                told.characters[role] += count
            if message.role == "user" and roles:
                told.num_turns += 1
                told.num_all_template += roles.keys() == ALL_TEMPLATE

    def as_json(self) -> dict[str, Any]:
        """`{subset: {"turns", "turns_all_template", "characters": {role: number}, "shares": {role: fraction}}}`, most turns first, `all` in front."""
        ranked = sorted(self.subsets.items(), key=lambda item: (-item[1].num_turns, item[0]))
        told = {name: _told(subset) for name, subset in ranked}
        return told if len(told) < 2 else {"all": _told(self._all()), **told}

    def _all(self) -> _Subset:
        every = _Subset()
        for one in self.subsets.values():
            every.characters.update(one.characters)
            every.num_turns += one.num_turns
            every.num_all_template += one.num_all_template
        return every


def shares_of(counts: dict[str, int]) -> dict[str, float]:
    """The share of each told role among them."""
    total = max(1, sum(counts.get(role, 0) for role in COUNTED))
    return {role: round(counts.get(role, 0) / total, 4) for role in COUNTED}


def _told(subset: _Subset) -> dict[str, Any]:
    counts = {role: subset.characters[role] for role in COUNTED}
    return {
        "turns": subset.num_turns,
        "turns_all_template": subset.num_all_template,
        "characters": counts,
        "shares": shares_of(counts),
    }


def _roles(message: Message) -> dict[str, int]:
    """Characters by role; white space is not counted."""
    found: dict[str, int] = {}
    for part in message.parts:
        if isinstance(part, TextPart):
            for span in part.spans:
                if count := len("".join(part.text[span.start : span.end].split())):
                    found[span.role] = found.get(span.role, 0) + count
    return found
