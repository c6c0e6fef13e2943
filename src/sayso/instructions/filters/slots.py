"""Slots kept: the candidate names exactly the slots of its parent, each as often, and brings no braces of its own."""

from collections import Counter

from sayso.errors import DataError
from sayso.instructions.filters._protocol import FilterContext, filters
from sayso.instructions.template import check_slots, parse
from sayso.records import Template, Verdict

__all__ = ["slots", "SlotsFilter"]


class SlotsFilter:
    """Parses candidate and parent, and compares the multisets of their slots, or with `repeats` the sets; order is free."""

    def __init__(self, *, repeats: bool = False) -> None:
        self._repeats = repeats

    def judge(self, candidate: Template, *, context: FilterContext) -> Verdict:
        """Refuse what does not parse, what loses, adds or repeats a slot, and new literal braces."""
        try:
            wanted, found = parse(context.parent.text), parse(candidate.text)
            if context.slots:
                check_slots(candidate.text, slots=context.slots)
        except DataError as error:
            return Verdict(keep=False, reason=f"not a template of this task ({_short(str(error))})")
        if self._count(wanted.slots) != self._count(found.slots):
            return Verdict(keep=False, reason=_difference(wanted.slots, found.slots))
        if _braces(candidate.text) > _braces(context.parent.text):
            return Verdict(keep=False, reason="literal braces that its parent does not have")
        return Verdict(keep=True, reason="slots kept")

    def _count(self, slots: tuple[str, ...]) -> Counter[str]:
        return Counter(set(slots)) if self._repeats else Counter(slots)


def _braces(text: str) -> int:
    return sum(piece.count("{") + piece.count("}") for piece in parse(text).pieces if isinstance(piece, str))


def _difference(wanted: tuple[str, ...], found: tuple[str, ...]) -> str:
    lost, gained = Counter(wanted) - Counter(found), Counter(found) - Counter(wanted)
    parts = [f"{label} {', '.join(sorted(names))}" for label, names in (("lost", lost), ("added", gained)) if names]
    return f"slots differ from its parent's ({'; '.join(parts)})"


def _short(message: str) -> str:
    return message if len(message) <= 160 else f"{message[:77]}...{message[-80:]}"


@filters.register("slots")
def slots(*, repeats: bool = False) -> SlotsFilter:
    """The filter `slots`; with `repeats` a slot may be named more often than in the parent, which no task of ours allows."""
    return SlotsFilter(repeats=repeats)
