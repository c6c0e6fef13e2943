"""Near duplicates: a wording that differs from one the task has only in words that nobody would notice.

Articles and "please" are left out, and short forms written out; what then is equal word for word is a near duplicate. Order counts: "In {region}, name the color" is another wording than "Name the color in {region}". `changes`
allows so many more words to be different, added or left out. Every wording is found by keys (itself with one or two words
left out), so that the time for a candidate does not grow with the pool.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations
from typing import Literal

from sayso.instructions.filters._protocol import FilterContext, filters
from sayso.instructions.filters.wording import words
from sayso.records import Template, Verdict

__all__ = ["gist", "near_duplicate", "NearDuplicateFilter"]

_TRIVIAL = frozenset({"a", "an", "the", "please", "kindly", "just"})
_MOST_WORDS = 60
"""Words of a wording that are compared: with two changes a wording has as many keys as it has pairs of words."""


@lru_cache(maxsize=65536)
def gist(text: str) -> tuple[str, ...]:
    """The words that a reader would notice, in order."""
    return tuple(word for word in words(text) if word not in _TRIVIAL)[:_MOST_WORDS] or words(text)[:_MOST_WORDS]


class NearIndex:
    """Wordings by their gist with up to `changes` words left out."""

    def __init__(self, changes: int) -> None:
        self._changes = changes
        self._by_key: dict[tuple[str, ...], str] = {}

    def add(self, template: Template) -> None:
        """Take in one more wording."""
        for key in self._keys(template.text):
            self._by_key.setdefault(key, template.id)

    def find(self, text: str, *, but: str) -> str | None:
        """The id of a wording that is near, and not `but`."""
        found = (self._by_key.get(key) for key in self._keys(text))
        return next((one for one in found if one is not None and one != but), None)

    def _keys(self, text: str) -> Iterator[tuple[str, ...]]:
        whole = gist(text)
        for left_out in range(min(self._changes, len(whole) - 1) + 1):
            yield from combinations(whole, len(whole) - left_out)


class NearDuplicateFilter:
    """Compares with every wording accepted so far."""

    def __init__(self, *, changes: int) -> None:
        self._changes = changes

    def judge(self, candidate: Template, *, context: FilterContext) -> Verdict:
        """Refuse what a reader would take for a wording that the task has."""
        index = context.accepted.index(("near", self._changes), lambda: NearIndex(self._changes))
        if index.find(candidate.text, but=candidate.id) is None and not self._repeats_parent(candidate, context):
            return Verdict(keep=True, reason="differs in more than trifles")
        return Verdict(keep=False, reason="nearly equals a wording the task has")

    def _repeats_parent(self, candidate: Template, context: FilterContext) -> bool:
        # A given template is judged with itself as parent: then it only has to differ from the others.
        return candidate.id != context.parent.id and gist(candidate.text) == gist(context.parent.text)


@filters.register("near_duplicate")
def near_duplicate(*, changes: Literal[0, 1, 2] = 0) -> NearDuplicateFilter:
    """The filter `near_duplicate`; `changes` is the number of words, beside trifles, by which near wordings may differ."""
    return NearDuplicateFilter(changes=changes)
