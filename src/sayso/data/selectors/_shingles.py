"""Many texts at once as sets of shingles: runs of so many words (or characters), each a number of 64 bits.

Everything is done on the code points of all texts of a chunk in one array; there is no Python per word. Words are what `sayso.instructions.overlap` takes for words
(case aside), with the vowel signs of Indic scripts, and mathematical signs as words of their own: "2 + 2" is not "2 * 2". A text shorter than a run is one shingle; one
without a word has none and is like nothing.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

__all__ = ["Flat", "mixed", "Sets", "shingle", "Shingled", "Unit", "Words64"]

Unit = Literal["words", "characters"]
Words64 = npt.NDArray[np.uint64]
_ODD, _STEP = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD1342543DE82EF95)
_NOTHING, _LETTER, _ALONE = 0, 1, 2
_ALONE_SCRIPTS = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f]")
_SIGNS = frozenset("-*/%^&#@\\|~<>=+$")
_MOST = 200_000
"""Characters of a text that are read."""


@dataclass(frozen=True, slots=True)
class Shingled:
    """Shingles of all texts behind one another, (S,), those of text i at `ends[i]` to `ends[i + 1]`, (N + 1,); repeated ones are still there."""

    values: Words64
    ends: npt.NDArray[np.int64]

    def sets(self) -> list[Words64]:
        """The different shingles of each text, sorted."""
        return [np.unique(self.values[a:b]) for a, b in zip(self.ends[:-1], self.ends[1:], strict=True)]


class Sets:
    """Sets of shingles that come in pieces; 32 bits of each shingle are kept."""

    def __init__(self) -> None:
        self._values: list[npt.NDArray[np.uint32]] = [np.zeros(0, dtype=np.uint32)]
        self._ends = [0]

    def add(self, sets: Sequence[Words64]) -> None:
        """Sets of further texts."""
        for one in sets:
            self._values.append((one >> np.uint64(32)).astype(np.uint32))
            self._ends.append(self._ends[-1] + len(one))

    def joined(self) -> "Flat":
        """All of them, in two arrays."""
        return Flat(values=np.concatenate(self._values), ends=np.array(self._ends, dtype=np.int64))


@dataclass(frozen=True, slots=True)
class Flat:
    """The shingles of N texts behind one another, each text's sorted and once; `ends` is (N + 1,)."""

    values: npt.NDArray[np.uint32]
    ends: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.ends) - 1

    def likeness(self, one: int, other: int, *, least: float = 0.0) -> float:
        """Jaccard similarity of two texts; 0 where their lengths say that it is below `least`. Two empty ones are equal."""
        mine, theirs = (self.values[self.ends[number] : self.ends[number + 1]] for number in (one, other))
        few, many = sorted((len(mine), len(theirs)))
        if few < least * many:
            return 0.0
        common = len(set(mine.tolist()).intersection(theirs.tolist()))
        return common / (few + many - common) if many else 1.0


def mixed(values: Words64) -> Words64:
    """SplitMix64's output function on each number: near ones end far apart."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(values ^ (values >> np.uint64(31)))


def shingle(texts: Sequence[str], *, unit: Unit, size: int) -> Shingled:
    """The shingles of each text, `size` words or characters long."""
    points, ends = _points(texts)
    kinds = _KINDS.of(points)
    pieces, starts = _words(points, kinds, ends) if unit == "words" else _characters(points, kinds, ends)
    return _runs(pieces, starts, size)


def _points(texts: Sequence[str]) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int64]]:
    """The code points of all texts in lower case, and where each ends."""
    encoded = [text[:_MOST].lower().encode("utf-32-le", "surrogatepass") for text in texts]
    ends = np.zeros(len(texts) + 1, dtype=np.int64)
    np.cumsum(np.fromiter(map(len, encoded), dtype=np.int64, count=len(texts)) // 4, out=ends[1:])
    return np.frombuffer(b"".join(encoded), dtype="<u4"), ends


class _Kinds:
    """What each code point is: nothing that is read, part of a word, or a word by itself; looked up once for each 256 that come."""

    def __init__(self) -> None:
        self._table = np.zeros(0x110000, dtype=np.uint8)
        self._known = np.zeros(0x1100, dtype=bool)

    def of(self, points: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint8]:
        """The kind of each of the points."""
        used = np.bincount(points >> 8, minlength=len(self._known)) > 0
        for block in np.flatnonzero(used & ~self._known).tolist():
            self._table[block << 8 : (block + 1) << 8] = [
                _kind(chr(point)) for point in range(block << 8, (block + 1) << 8)
            ]
            self._known[block] = True
        return self._table[points]


_KINDS = _Kinds()


def _kind(character: str) -> int:
    category = unicodedata.category(character)
    if category[0] == "S" or character in _SIGNS or (character.isalnum() and _ALONE_SCRIPTS.match(character)):
        return _ALONE
    return _LETTER if character.isalnum() or category[0] == "M" else _NOTHING


def _words(
    points: npt.NDArray[np.uint32], kinds: npt.NDArray[np.uint8], ends: npt.NDArray[np.int64]
) -> tuple[Words64, npt.NDArray[np.int64]]:
    """A number for each word, and where the words of each text begin, (N + 1,)."""
    begins = kinds == _ALONE
    letters = kinds == _LETTER
    begins[:1] |= letters[:1]
    begins[1:] |= letters[1:] & ~letters[:-1]
    first = ends[:-1][ends[:-1] < len(points)]
    begins[first] |= letters[first]
    read = np.flatnonzero(kinds)
    starts = np.flatnonzero(begins[read])
    if not len(starts):
        return np.zeros(0, dtype=np.uint64), np.zeros(len(ends), dtype=np.int64)
    place = np.arange(len(read)) - np.repeat(starts, np.diff(starts, append=len(read)))
    powers = np.cumprod(np.full(int(place.max()) + 1, _STEP))
    sums = np.add.reduceat((points[read].astype(np.uint64) + np.uint64(1)) * powers[place], starts)
    return mixed(sums), np.searchsorted(read[starts], ends).astype(np.int64)


def _characters(
    points: npt.NDArray[np.uint32], kinds: npt.NDArray[np.uint8], ends: npt.NDArray[np.int64]
) -> tuple[Words64, npt.NDArray[np.int64]]:
    """A number for each character that is read, one space between words, and where those of each text begin."""
    spaces = kinds == _NOTHING
    again = np.zeros(len(points), dtype=bool)
    again[1:] = spaces[1:] & spaces[:-1]
    again[ends[:-1][ends[:-1] < len(points)]] |= spaces[ends[:-1][ends[:-1] < len(points)]]
    read = np.flatnonzero(~again)
    values = np.where(spaces[read], np.uint64(32), points[read].astype(np.uint64))
    return mixed((values + np.uint64(1)) * _ODD), np.searchsorted(read, ends).astype(np.int64)


def _runs(pieces: Words64, starts: npt.NDArray[np.int64], size: int) -> Shingled:
    """Each run of `size` pieces of one text as a number; all of them where there are fewer."""
    lengths = np.diff(starts)
    counts = np.where(lengths == 0, 0, np.maximum(lengths - size + 1, 1))
    ends = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    begin = np.arange(ends[-1]) + np.repeat(starts[:-1] - ends[:-1], counts)
    left = np.repeat(starts[1:], counts) - begin
    values = np.zeros(len(begin), dtype=np.uint64)
    for step in range(size):
        there = left > step
        values = values * _STEP + np.where(
            there, pieces[np.minimum(begin + step, max(len(pieces) - 1, 0))], np.uint64(0)
        )
    return Shingled(values=mixed(values), ends=ends)
