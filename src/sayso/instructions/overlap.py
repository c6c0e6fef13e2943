"""Words of any text, how many there are, how much two texts have in common, and which of many is nearest.

ROUGE-L here is the F1 of the longest common subsequence of words (Lin 2004; rouge-score without stemming), with words of all scripts: for ASCII
text they are the runs of a-z and 0-9 that rouge-score takes, and each character of Chinese or Japanese is one. `Nearby` finds the nearest of thousands of texts without
comparing with all: two texts with F1 above `t` share more than `t |a| / (2 - t)` of the words of either (counted with repetition, for a common
subsequence is common as a bag too), so that they share one among the first few in any order that both are sorted by; rarest first leaves the fewest to
compare (Chaudhuri, Ganti and Kaushik 2006). What is left is compared in full: the index changes no result.
"""

import re
from collections import Counter
from math import ceil

__all__ = ["count_words", "longest_common", "Nearby", "places_of", "rouge_l", "rouge_words"]

_ONE = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
"""Scripts that are written without spaces and whose characters stand for a word or a syllable."""
_WRITTEN = re.compile(rf"[{_ONE}]|[^\s{_ONE}]+")
_WORD = re.compile(rf"[{_ONE}]|[^\W_{_ONE}]+")
_MOST_WORDS = 2000
"""Words of a text that are compared: more are no instruction, and time stays bounded."""


def count_words(text: str) -> int:
    """How many pieces stand between white space, as Self-Instruct counts; each Chinese or Japanese character is one."""
    return sum(1 for _ in _WRITTEN.finditer(text))


def rouge_words(text: str) -> tuple[str, ...]:
    """Runs of letters and digits in lower case; of a text that has none, such as emoji, what stands between white space."""
    return tuple(_WORD.findall(text.lower())[:_MOST_WORDS]) or tuple(text.split()[:_MOST_WORDS])


def places_of(words: tuple[str, ...]) -> dict[str, int]:
    """Where each word stands, as bits: what `longest_common` reads of a text that is compared with many."""
    places: dict[str, int] = {}
    for position, word in enumerate(words):
        places[word] = places.get(word, 0) | 1 << position
    return places


def longest_common(first: tuple[str, ...], second: tuple[str, ...], *, places: dict[str, int] | None = None) -> int:
    """Length of the longest common subsequence, one whole-number operation per word of `second` (Hyyrö 2004); `places` are those of `first`."""
    known = places_of(first) if places is None else places
    row = all_ones = (1 << len(first)) - 1
    for word in second:
        hit = row & known.get(word, 0)
        row = (row + hit | row - hit) & all_ones
    return len(first) - row.bit_count()


def rouge_l(first: str, second: str) -> float:
    """F1 of the longest common subsequence of words, in [0, 1]; 0 where nothing is common."""
    one, two = rouge_words(first), rouge_words(second)
    return 2 * longest_common(one, two) / max(1, len(one) + len(two))


class Nearby:
    """Texts as words, of which the nearest with ROUGE-L above `threshold` is found."""

    def __init__(self, threshold: float) -> None:
        self._threshold = threshold
        self._texts: list[tuple[str, ...]] = []
        self._by_word: dict[tuple[str, int], list[int]] = {}
        self._counts: Counter[str] = Counter()
        self._known: dict[str, int] = {}
        self._sorted_at = 0

    def __len__(self) -> int:
        return len(self._texts)

    def add(self, words: tuple[str, ...]) -> None:
        """Take one in; it is known by its number, from 0."""
        self._counts.update(set(words))
        self._texts.append(words)
        if len(self._texts) >= 2 * self._sorted_at + 32:
            self._sort()
        else:
            self._enter(len(self._texts) - 1)

    def nearest(self, words: tuple[str, ...]) -> tuple[int, float] | None:
        """Number and ROUGE-L of the nearest that is above the threshold; of equally near ones that which came first."""
        places, best, least = places_of(words), None, self._threshold
        for number in sorted({number for word in self._first(words) for number in self._by_word.get(word, ())}):
            other = self._texts[number]
            total = len(words) + len(other)
            if 2 * min(len(words), len(other)) <= least * total:
                continue
            near = 2 * longest_common(words, other, places=places) / total
            if near > least:
                best, least = (number, near), near
        return best

    def _sort(self) -> None:
        """Order words anew by how many texts have them: as the texts have doubled, this costs as much as entering them did."""
        self._known = dict(self._counts)
        self._sorted_at = len(self._texts)
        self._by_word = {}
        for number in range(len(self._texts)):
            self._enter(number)

    def _enter(self, number: int) -> None:
        for word in self._first(self._texts[number]):
            self._by_word.setdefault(word, []).append(number)

    def _first(self, words: tuple[str, ...]) -> list[tuple[str, int]]:
        """The words, rarest first and numbered where they repeat, among which any text that is near enough has one."""
        bag = [(word, turn) for word, count in Counter(words).items() for turn in range(count)]
        bag.sort(key=lambda one: (self._known.get(one[0], 0), one))
        shared = max(1, ceil(self._threshold * len(bag) / (2 - self._threshold) - 1e-9))
        return bag[: len(bag) - shared + 1]
