"""Counts by key with the first few ids, and text as checks compare it."""

import re
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Generic, TypeVar

from sayso.records import Example, FieldValue, Media, Options, Record, Region, Regions

__all__ = ["box_key", "field_key", "many", "media_key", "plain", "Tally"]

NUM_IDS = 5
TOKEN = re.compile(r"[^\W_]+(?:\.\d+)?")
K = TypeVar("K", bound=Hashable)


@dataclass
class Tally(Generic[K]):
    """How often, and where first."""

    counts: dict[K, int] = field(default_factory=dict)
    ids: dict[K, list[str]] = field(default_factory=dict)

    def add(self, key: K, place: str) -> None:
        """Once more."""
        self.counts[key] = self.counts.get(key, 0) + 1
        first = self.ids.setdefault(key, [])
        if len(first) < NUM_IDS and place not in first:
            first.append(place)

    def __iter__(self) -> Iterator[tuple[K, int, tuple[str, ...]]]:
        """Key, count and first ids, most frequent first."""
        for key, count in sorted(self.counts.items(), key=lambda pair: -pair[1]):
            yield key, count, tuple(self.ids[key])


def many(count: int, noun: str) -> str:
    """`1 row`, `2,000 rows`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def plain(text: str) -> str:
    """Words and numbers in small letters with one space between and around them, so that ` in ` is a match of whole words."""
    return f" {' '.join(TOKEN.findall(text.casefold()))} "


def box_key(region: Region) -> str:
    """A box to a thousandth, with its medium."""
    return f"{region.medium} {region.x1:.3f} {region.y1:.3f} {region.x2:.3f} {region.y2:.3f}"


def field_key(value: FieldValue) -> str:
    """A field as text under which equal ones are equal; options in any order."""
    match value:
        case str():
            return plain(value).strip() or value
        case Region():
            return box_key(value)
        case Regions():
            return " | ".join(map(box_key, value.items))
        case Options():
            return " | ".join(sorted(field_key(item) for item in value.items))


def media_key(example: Example | Record) -> tuple[str, ...]:
    """The pictures by reference, or by a hash of the bytes that embed them."""
    return tuple(map(_medium_key, getattr(example, "media", ())))


def _medium_key(medium: Media) -> str:
    return medium.path or f"bytes:{blake2b(medium.data or b'', digest_size=12).hexdigest()}"
