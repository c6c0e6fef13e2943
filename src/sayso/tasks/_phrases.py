"""Words for regions: phrases that the source brings, and what may be said of one region and not of another.

A phrase that speaks of size or place can be matched with boxes by their numbers alone; it is used only where nothing else is
known.
"""

from collections.abc import Iterable, Sequence

from sayso.records import AnnotatedItem, Phrase, Region
from sayso.tasks._objects import boxed, has_look, mentions
from sayso.tasks._options import FAR, overlap

__all__ = ["alike", "captions", "described", "of_one_place", "seen_only", "unique"]

TOLD_BY_BOXES = (
    "left", "right", "top", "bottom", "middle", "centre", "center", "corner", "upper", "lower", "above", "below", "under",
    "large", "larger", "largest", "big", "bigger", "biggest", "small", "smaller", "smallest", "tiny", "huge",
)  # fmt: skip


def described(item: AnnotatedItem) -> list[Phrase]:
    """Phrases with words in them, written for any purpose, of regions that are no crowd's."""
    crowds = {one.region for one in item.objects if one.crowd}
    return [phrase for phrase in item.phrases if phrase.text.strip() and phrase.region not in crowds]


def unique(item: AnnotatedItem) -> list[Phrase]:
    """Phrases that were written to tell their region from all others."""
    return [phrase for phrase in described(item) if phrase.unique]


def of_one_place(phrases: Sequence[Phrase]) -> list[Phrase]:
    """Phrases whose words were not used for another region."""
    return [one for one in phrases if all(other.region == one.region for other in phrases if _same(one, other))]


def captions(item: AnnotatedItem) -> list[Phrase]:
    """Phrases for whatever is in a region; those that were written to be unique only where there are no others."""
    known = described(item)
    return [phrase for phrase in known if not phrase.unique] or known


def seen_only(phrases: Iterable[Phrase], item: AnnotatedItem) -> list[Phrase]:
    """Phrases that cannot be matched with boxes by size and place.

    Where there are none, what is known of the item's objects has to do; all phrases if nothing is.
    """
    known = list(phrases)
    chosen = [one for one in known if not any(mentions(one.text, word) for word in TOLD_BY_BOXES)]
    return chosen if chosen or any(has_look(one) for one in boxed(item)) else known


def alike(phrases: Sequence[Phrase], region: Region) -> list[Phrase]:
    """Phrases that are not clearly about something else than what is in a region."""
    return [phrase for phrase in phrases if overlap(phrase.region, region) >= FAR or phrase.region == region]


def _same(one: Phrase, other: Phrase) -> bool:
    return one.text.strip().casefold() == other.text.strip().casefold()
