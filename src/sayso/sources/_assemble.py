"""From the rows of published annotations to items: what many sources do alike, each row standing for itself.

A row that cannot be used becomes a BadRow and the next one is read; a second item of the same id is one too, since
repeated records are common in published files. Words and texts of the whole file are what wrong answers are drawn from.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import TypeAlias, TypeVar

from sayso.errors import DataError
from sayso.records import AnnotatedItem, Media
from sayso.sources._media import probe_image
from sayso.sources._protocol import BadRow

__all__ = [
    "as_paths",
    "check_size",
    "clean",
    "common_words",
    "Folders",
    "make_each",
    "MAX_WORDS",
    "one_line",
    "probe_first",
    "short_hash",
    "split_rows",
    "without_repeats",
]

R = TypeVar("R")
Folders: TypeAlias = str | tuple[str, ...]
"""One folder or several, as people write them."""

MAX_WORDS = 1000
"""Most words that a vocabulary holds, the most frequent ones; open vocabularies have tens of thousands."""
KEPT_IDS = 200_000


def make_each(
    rows: Iterable[tuple[str, R | BadRow]], make: Callable[[R], AnnotatedItem]
) -> Iterator[AnnotatedItem | BadRow]:
    """The item that `make` gives for each row; a DataError that it raises makes that row bad."""

    def tried() -> Iterator[tuple[str, AnnotatedItem | BadRow]]:
        for place, row in rows:
            try:
                yield place, row if isinstance(row, BadRow) else make(row)
            except DataError as error:
                yield place, BadRow(place=place, reason=str(error))

    return without_repeats(tried())


def without_repeats(found: Iterable[tuple[str, AnnotatedItem | BadRow]]) -> Iterator[AnnotatedItem | BadRow]:
    """All of `found`, given with their places; an item whose id was there before is a BadRow that says where.

    It remembers the first KEPT_IDS ids, so that memory stays bounded; a build finds what repeats beyond these and refuses it.
    """
    first: dict[str, str] = {}
    for place, row in found:
        if isinstance(row, AnnotatedItem) and row.id in first:
            reason = f"{row.id} was read before, at {first[row.id]}; remove one of the two records"
            yield BadRow(place=place, reason=reason)
            continue
        if isinstance(row, AnnotatedItem) and len(first) < KEPT_IDS:
            first[row.id] = place
        yield row


def split_rows(rows: Iterable[tuple[str, R | BadRow]]) -> tuple[list[tuple[str, R]], list[BadRow]]:
    """The good rows with their places, and the bad ones."""
    good: list[tuple[str, R]] = []
    bad: list[BadRow] = []
    for place, row in rows:
        if isinstance(row, BadRow):
            bad.append(row)
        else:
            good.append((place, row))
    return good, bad


def as_paths(folders: Folders) -> tuple[Path, ...]:
    """One file or folder or several, as paths.

    Raises:
        DataError: none is given.
    """
    found = tuple(map(Path, (folders,) if isinstance(folders, str) else folders))
    if not found:
        raise DataError(f"{folders!r} names no file or folder; give one or several")
    return found


def probe_first(names: Sequence[str], *, roots: Sequence[Path]) -> Media:
    """The first of `names` that is there, looked for in each of `roots` in turn.

    Raises:
        DataError: none is there, or it cannot be used.
    """
    for root in roots:
        for name in names:
            if name and os.path.exists(root / name):  # unlike Path.exists, no error for odd names
                return probe_image(Path(name), root=root)
    return probe_image(Path(names[0]), root=roots[0])


def check_size(media: Media, *, stated: tuple[int, int]) -> Media:
    """`media`, if it has the `stated` width and height that its boxes were drawn on; 0 stands for unknown.

    Raises:
        DataError: it has another size, so that boxes in pixels would be elsewhere.
    """
    if all(stated) and stated != (media.width, media.height):
        found = f"{media.path} is {media.width} x {media.height} pixels"
        raise DataError(f"{found}, the annotations say {stated[0]} x {stated[1]}; use the original picture")
    return media


def common_words(words: Iterable[str]) -> tuple[str, ...]:
    """The MAX_WORDS most frequent of `words`, sorted, without blank ones."""
    counts = Counter(word for word in words if word)
    return tuple(sorted(sorted(counts, key=lambda word: (-counts[word], word))[:MAX_WORDS]))


def clean(text: str) -> str:
    """Without spaces at the ends and with single ones between words."""
    return " ".join(text.split())


def one_line(text: str, *, what: str) -> str:
    """`text` with single spaces.

    Raises:
        DataError: it has no words.
    """
    words = clean(text)
    if not words:
        raise DataError(f"{what} {text!r} has no words; write it or remove the row")
    return words


def short_hash(*texts: str) -> str:
    """Eight letters that tell these texts from others, for ids of rows that have none."""
    return blake2b("\x1f".join(texts).encode(errors="replace"), digest_size=4).hexdigest()
