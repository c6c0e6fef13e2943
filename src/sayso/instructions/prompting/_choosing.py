"""Which demonstrations are shown: the same for all wordings of an example, and never one with a picture of its own.

Chance ranks each of them by itself, so that one that cannot be shown leaves the order of the others as it is.
"""

from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

from sayso.errors import DataError
from sayso.instructions.filters.wording import words
from sayso.records import Media, Sample, TextPart
from sayso.seeds import derive

__all__ = ["Choice", "choose", "without_pictures_of"]

Choice: TypeAlias = Literal["random", "similar", "balanced"]
"""Drawn; those with the most words in common, the nearest last; drawn with answers in turn."""


def choose(sample: Sample, demonstrations: Sequence[Sample], *, count: int, choice: Choice, seed: int) -> list[Sample]:
    """`count` of the demonstrations that share no picture with the sample, in the order in which they are to be shown.

    Raises:
        DataError: there are fewer.
    """
    usable = without_pictures_of(sample.media, [one for one in demonstrations if one.example != sample.example])
    if len(usable) < count:
        raise DataError(
            f"{count} demonstrations are to be shown for {sample.example!r} of task {sample.task!r}, and {len(usable)} can be; "
            "give it training examples, or a smaller num_demonstrations"
        )
    usable.sort(key=lambda one: derive(seed, "demonstrations", sample.example, one.example))
    return WAYS[choice](sample, usable, count)


def without_pictures_of(media: Sequence[Media], samples: Sequence[Sample]) -> list[Sample]:
    """Those that show none of these pictures."""
    own = {medium.key for medium in media}
    return [one for one in samples if own.isdisjoint(medium.key for medium in one.media)]


def _first(sample: Sample, usable: list[Sample], count: int) -> list[Sample]:
    return usable[:count]


def _similar(sample: Sample, usable: list[Sample], count: int) -> list[Sample]:
    mine = _content(sample)
    return sorted(usable, key=lambda one: -_overlap(mine, _content(one)))[:count][::-1]


def _balanced(sample: Sample, usable: list[Sample], count: int) -> list[Sample]:
    """One of each answer before any answer comes again."""
    seen: dict[str, int] = {}
    turns = []
    for place, one in enumerate(usable):
        answer = one.references[0] if one.references else ""
        turns.append((seen.get(answer, 0), place))
        seen[answer] = seen.get(answer, 0) + 1
    return [usable[place] for _, place in sorted(turns)[:count]]


WAYS: dict[Choice, Callable[[Sample, list[Sample], int], list[Sample]]] = {
    "random": _first,
    "similar": _similar,
    "balanced": _balanced,
}


def _content(sample: Sample) -> frozenset[str]:
    """The words that are this example's own: what filled the slots, and the options."""
    user = next(message for message in reversed(sample.messages) if message.role == "user")
    texts = [
        part.text[span.start : span.end]
        for part in user.parts
        if isinstance(part, TextPart)
        for span in part.spans
        if span.role != "instr_template"
    ]
    return frozenset(word for text in texts for word in words(text))


def _overlap(first: frozenset[str], second: frozenset[str]) -> float:
    return len(first & second) / max(1, len(first | second))
