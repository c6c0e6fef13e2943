"""Sentences that agree in all but some places: a set of distinct ones is divided until what is left between equal ends differs freely.

    which region shows the red circle ?      which region shows the  ___  ?
    which region shows the small blue ring ?

A group of sentences has a common beginning and end. By the next word (or the one before the end) it falls into parts; a part becomes
a group of its own where that makes at least two more words common to all of it than the key that it was chosen by, unless the
same things follow several keys: then the keys are values of a slot ("red" and "blue", both with "circle"). What is left
keeps a slot between its common ends. Every sentence is looked at once a level, so the time grows with the length of all texts.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from sayso.instructions.induce.tokens import SLOT, Words, is_mark

__all__ = ["align", "match"]

MAX_DEPTH = 40
SHARED = 0.3
"""Share of sentences with equal continuations under several keys from which on the keys are values."""
DISTINCT = 3
"""Sentences that differ, for a pattern."""
LARGE = 0.2
"""Share of a group that makes a part a large one."""
LITERAL_SHARE = 0.34
"""Words of a pattern on the average sentence of it; with less, the agreement says little."""


def align(sentences: Mapping[Words, int], *, floor: int) -> dict[Words, Words]:
    """The pattern (words and SLOTs) of every sentence that others agree with: DISTINCT of them or more, in `floor` rows or more.

    `sentences` has the rows of each.
    """
    found: dict[Words, Words] = {}
    marked: dict[Words, list[Words]] = defaultdict(list)
    for words in sorted(sentences):
        marked[tuple(word for word in words if is_mark(word))].append(words)
    divider = _Divider(sentences, floor)
    for group in marked.values():
        found.update(_align(group, divider))
    return found


def _align(sentences: Sequence[Words], divider: "_Divider") -> dict[Words, Words]:
    """By their beginning, and what is left by its end."""
    found: dict[Words, Words] = {}
    rest = [words for words in sentences if words]
    for backwards in (False, True):
        groups = _keyed(rest, at=-1 if backwards else 0)
        for group in groups.values():
            if divider.enough(group):
                found.update(divider.divide(group, before=0, after=0, depth=0))
        rest = [words for words in rest if words not in found]
    return found


def match(words: Words, pattern: Words) -> list[tuple[int, int]] | None:
    """The ranges of `words` that fill the SLOTs of `pattern`, none of them empty; None where they do not agree."""
    ranges: list[tuple[int, int]] = []
    at = 0
    pieces = list(_pieces(pattern))
    for number, (literal, slot) in enumerate(pieces):
        if slot:
            following = pieces[number + 1][0] if number + 1 < len(pieces) else ()
            end = _find(words, following, at + 1, last=number + 2 >= len(pieces))
            if end is None:
                return None
            ranges.append((at, end))
            at = end
        elif words[at : at + len(literal)] != literal:
            return None
        else:
            at += len(literal)
    return ranges if at == len(words) else None


def _pieces(pattern: Words) -> Iterator[tuple[Words, bool]]:
    start = 0
    for at, word in enumerate(pattern):
        if word == SLOT:
            if at > start:
                yield pattern[start:at], False
            yield (), True
            start = at + 1
    if start < len(pattern):
        yield pattern[start:], False


def _find(words: Words, literal: Words, start: int, *, last: bool) -> int | None:
    if not literal:
        return len(words) if start <= len(words) else None
    if last:
        at = len(words) - len(literal)
        return at if at >= start and words[at:] == literal else None
    stop = len(words) - len(literal) + 1
    return next((at for at in range(start, stop) if words[at : at + len(literal)] == literal), None)


def _keyed(group: Sequence[Words], *, at: int) -> dict[str, list[Words]]:
    parts: dict[str, list[Words]] = defaultdict(list)
    for words in group:
        parts[words[at]].append(words)
    return parts


class _Divider:
    """Divides one group of distinct sentences."""

    def __init__(self, counts: Mapping[Words, int], floor: int) -> None:
        self._counts, self._floor = counts, floor

    def enough(self, group: Sequence[Words]) -> bool:
        """Whether a group is large enough to be compared."""
        return len(group) >= DISTINCT and sum(self._counts[words] for words in group) >= self._floor

    def divide(self, group: list[Words], *, before: int, after: int, depth: int) -> dict[Words, Words]:
        """The pattern of each sentence of `group`, which has its first `before` and last `after` words in common."""
        before, after = _common(group, before, after)
        inner = [words for words in group if len(words) > before + after]
        taken: dict[Words, Words] = {}
        if depth < MAX_DEPTH:
            for at in self._sides(inner, before, after):
                left = [words for words in inner if words not in taken]
                taken.update(self._parts(left, before, after, at=at, depth=depth))
        rest = [words for words in inner if words not in taken]
        if self.enough(rest) and (pattern := _pattern(rest, before, after)):
            taken.update({words: pattern for words in rest if match(words, pattern)})
        return taken

    def _sides(self, inner: list[Words], before: int, after: int) -> list[int]:
        """The next word first, or the one before the end, whichever leaves more in common."""
        ahead, back = (self._score(inner, before, after, at=at) for at in (before, -after - 1))
        return [before, -after - 1] if ahead >= back else [-after - 1, before]

    def _score(self, inner: list[Words], before: int, after: int, *, at: int) -> int:
        score = 0
        for part in _keyed(inner, at=at).values():
            if self.enough(part):
                ends = _common(part, before, after)
                score += len(part) * max(0, sum(ends) - before - after - 1)
        return score

    def _parts(self, inner: list[Words], before: int, after: int, *, at: int, depth: int) -> dict[Words, Words]:
        parts = _keyed(inner, at=at)
        least = _share(before + after) * len(inner)
        large = {key: part for key, part in parts.items() if len(part) >= least and self.enough(part)}
        if _interchangeable(parts, before, after, at=at):
            return {}
        if (
            at >= 0 and before and inner and inner[0][before - 1].isalnum()
        ):  # a capital inside a sentence begins a value
            large = {key: part for key, part in large.items() if key == "I" or not key[0].isupper()}
        taken: dict[Words, Words] = {}
        for key in sorted(large):
            ends = (before + 1, after) if at >= 0 else (before, after + 1)
            found = self.divide(large[key], before=ends[0], after=ends[1], depth=depth + 1)
            if found and _gain(found, before + after + 1) >= _wanted(before + after, len(large[key]) / len(inner)):
                taken.update(found)
        return taken


def _share(common: int) -> float:
    """How much of a group a part must be: little where nothing much is common yet, since the group holds many templates."""
    return 0.0 if common <= 2 else 0.05 if common <= 4 else 0.1


def _wanted(common: int, share: float) -> float:
    """Words that a part must have in common beyond its key: more where it is small, and where much is common already."""
    if not common:
        return 0.0
    return 1.0 if share >= LARGE else 2.0 if common <= 4 else 3.0


def _gain(found: dict[Words, Words], known: int) -> float:
    literals = [sum(word != SLOT for word in pattern) for pattern in found.values()]
    return sum(literals) / len(literals) - known


def _common(group: Sequence[Words], before: int, after: int) -> tuple[int, int]:
    """How many words all of the group begin with, and how many of the others all end with; one word is left between."""
    first, last = min(group), max(group)  # sorted ends of the group differ first of all
    shortest = min(map(len, group))
    while before < shortest and first[before] == last[before]:
        before += 1
    after = min(after, shortest - before)
    while after + before < shortest and len({words[-after - 1] for words in group}) == 1:
        after += 1
    return before, after


def _interchangeable(parts: dict[str, list[Words]], before: int, after: int, *, at: int) -> bool:
    """Whether the same things stand with several keys, so that keys and things are values."""
    seen: dict[Words, set[str]] = defaultdict(set)
    count = 0
    for key, part in parts.items():
        for words in part:
            inner = words[before + 1 : len(words) - after] if at >= 0 else words[before : len(words) - after - 1]
            seen[inner].add(key)
            count += 1
    shared = sum(len(keys) for keys in seen.values() if len(keys) > 1)
    return shared >= SHARED * count


def _pattern(group: list[Words], before: int, after: int) -> Words | None:
    """Common ends around what differs, divided where something in the middle is common to all."""
    sample = group[0]
    inner = [words[before : len(words) - after] for words in group]
    middle = _middle(inner)
    pattern = (*sample[:before], *middle, *sample[len(sample) - after :])
    literals = sum(word != SLOT for word in pattern)
    mean = sum(map(len, group)) / len(group)
    return pattern if _run(pattern) >= 2 and literals >= LITERAL_SHARE * mean else None


def _run(pattern: Words) -> int:
    """The most words in a row; a mark counts for two, a stop or quotation mark for none."""
    longest = run = 0
    for word in pattern:
        run = 0 if word == SLOT else run + (2 if is_mark(word) else word[0].isalnum())
        longest = max(longest, run)
    return longest


def _middle(inner: list[Words]) -> Words:
    """SLOT, or SLOTs around words that stand once in every stretch with something on both sides."""
    shortest = min(inner, key=lambda words: (len(words), words))
    best: Words = ()
    for start in range(1, len(shortest)):
        for end in range(start + 1, len(shortest)):
            phrase = shortest[start:end]
            if len(phrase) <= len(best):
                continue
            if not all(_inside(words, phrase) for words in inner):
                break
            best = phrase
    if not best or (len(best) == 1 and not is_mark(best[0]) and len(inner) < 8):
        return (SLOT,)
    cuts = [_places(words, best)[0] for words in inner]
    left = [words[:at] for words, at in zip(inner, cuts, strict=True)]
    right = [words[at + len(best) :] for words, at in zip(inner, cuts, strict=True)]
    return (*_part(left), *best, *_part(right))


def _part(inner: list[Words]) -> Words:
    """A stretch beside common words: what differs, less what all of it begins or ends with."""
    if len(set(inner)) == 1:
        return inner[0]
    before, after = _common(inner, 0, 0)
    sample = inner[0]
    cut = [words[before : len(words) - after] for words in inner]
    if not all(cut):
        return (SLOT,)
    return (*sample[:before], *_middle(cut), *sample[len(sample) - after :])


def _inside(words: Words, phrase: Words) -> bool:
    places = _places(words, phrase)
    return len(places) == 1 and 0 < places[0] < len(words) - len(phrase)


def _places(words: Words, phrase: Words) -> list[int]:
    size = len(phrase)
    return [at for at in range(len(words) - size + 1) if words[at] == phrase[0] and words[at : at + size] == phrase]
