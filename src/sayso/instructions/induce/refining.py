"""Patterns put right once all are known: values that are too few to be values, and patterns that another one covers.

A slot with hardly any values, each in many rows, is no slot: "the largest area" and "the smallest area" are two instructions. And a pattern
that is a special case of a better known one ("what color is the ___ face?" beside "what color is the ___?") adds nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from sayso.instructions.induce.aligning import DISTINCT, align, match
from sayso.instructions.induce.profiles import shared
from sayso.instructions.induce.settling import STOPS, adopt, settle
from sayso.instructions.induce.tokens import SLOT, Words, is_mark

__all__ = ["refine"]

FEW = 4
"""Values of a slot up to which they are parts of the instruction, if each is in `PER_VALUE` rows or more on the average."""
PER_VALUE = 4
MANY, SOME = 8, 4
"""Patterns that must differ in the same place to be one, and how many do where others differ by the same words."""
ALIKE = 0.5
"""Share of the words in their slots that they have in common with the others."""
PASSES = 3
KEPT = 0.5
"""Words of each that must stay."""
ABSORBED = 2
"""Words that a slot may take in from a special case."""


def refine(found: Mapping[Words, Words], *, counts: Mapping[Words, int], floor: int) -> dict[Words, Words]:
    """The patterns of texts, with slots of few values filled in and special cases joined to what covers them."""
    groups = _grouped(found)
    sentences = _shared(groups)
    changed = {
        words: pattern
        for pattern, members in groups.items()
        for words, pattern in _filled(pattern, members, counts, sentences)
    }
    changed = settle(changed)
    sizes = Counter(changed.values())
    covering = _covering(sizes)
    joined = {words: covering.get(pattern, pattern) for words, pattern in changed.items()}
    joined = _widened(joined, counts, floor=floor)
    joined.update(adopt(_few(joined, counts, floor), _rows(joined, counts), counts=counts, floor=floor))
    rows, distinct = _rows(joined, counts), Counter(joined.values())
    return {
        words: pattern
        for words, pattern in joined.items()
        if rows[pattern] >= floor
        and (distinct[pattern] >= DISTINCT or SLOT not in pattern)
        and _says(pattern)
        and _fits(words, pattern)
    }


def _rows(found: Mapping[Words, Words], counts: Mapping[Words, int]) -> Counter[Words]:
    """The rows of each pattern."""
    rows = Counter[Words]()
    for words, pattern in found.items():
        rows[pattern] += counts[words]
    return rows


def _few(found: Mapping[Words, Words], counts: Mapping[Words, int], floor: int) -> list[Words]:
    """The texts whose pattern too few rows have."""
    rows = _rows(found, counts)
    return sorted(words for words, pattern in found.items() if rows[pattern] < floor)


def _says(pattern: Words) -> bool:
    """Whether a pattern asks for something: a word for each slot, and more than one but in a label before the slot; or nothing but a slot."""
    said = sum(word[0].isalnum() for word in pattern)
    label = any(word == ":" and pattern[at + 1] == SLOT for at, word in enumerate(pattern[:-1]))
    return not said or SLOT not in pattern or (said >= pattern.count(SLOT) and (said > 1 or label))


def _fits(words: Words, pattern: Words) -> bool:
    """Whether the pattern is one of the text and no slot takes in what has a type of its own."""
    ranges = match(words, pattern)
    return ranges is not None and not any(is_mark(word) for start, end in ranges for word in words[start:end])


def _grouped(found: Mapping[Words, Words]) -> dict[Words, list[Words]]:
    groups: dict[Words, list[Words]] = defaultdict(list)
    for words, pattern in found.items():
        groups[pattern].append(words)
    return groups


def _shared(groups: Mapping[Words, list[Words]]) -> set[Words]:
    """Whole sentences that fill a slot of several patterns: values, be they ever so few."""
    seen = Counter(
        value
        for pattern, members in groups.items()
        for value in {words[start:end] for words in members for start, end in match(words, pattern) or []}
        if value[-1] in STOPS
    )
    return {value for value, count in seen.items() if count >= DISTINCT}


def _filled(
    pattern: Words, members: list[Words], counts: Mapping[Words, int], sentences: set[Words]
) -> Iterator[tuple[Words, Words]]:
    """Each member with the pattern in which the values of slots that have few are words."""
    values = {words: [words[start:end] for start, end in match(words, pattern) or []] for words in members}
    rows = sum(counts[words] for words in members)
    sets = [{found[number] for found in values.values()} for number in range(pattern.count(SLOT))]
    few = [_is_few(found, rows) and not (found <= sentences and len(found) >= DISTINCT) for found in sets]
    for words in members:
        queue = iter(zip(values[words], few, strict=True))
        yield words, tuple(word for piece in pattern for word in (_say(*next(queue)) if piece == SLOT else (piece,)))


def _is_few(values: set[Words], rows: int) -> bool:
    return len(values) <= FEW and rows >= PER_VALUE * len(values)


def _say(value: Words, few: bool) -> Words:
    return value if few else (SLOT,)


def _covering(sizes: Counter[Words]) -> dict[Words, Words]:
    """For each special case the pattern with the most members that covers it."""
    by_end: dict[tuple[str, str], list[Words]] = defaultdict(list)
    for pattern in sorted(sizes, key=lambda one: (-sizes[one], one)):
        if SLOT in pattern:
            by_end[pattern[0], pattern[-1]].append(pattern)
    found: dict[Words, Words] = {}
    for pattern in sizes:
        for ends in {(first, last) for first in (pattern[0], SLOT) for last in (pattern[-1], SLOT)}:
            for other in by_end.get(ends, ()):
                if sizes[other] <= sizes[pattern]:
                    break
                if other != pattern and _covers(other, pattern):
                    found.setdefault(pattern, other)
                    break
    return found


def _widened(joined: Mapping[Words, Words], counts: Mapping[Words, int], *, floor: int) -> dict[Words, Words]:
    """Patterns that differ in one place ("the task is to make a card", "... to lay a floor") as one with a slot there, pass by pass."""
    found = dict(joined)
    for _ in range(PASSES):
        rows = Counter[Words]()
        for words, pattern in found.items():
            if SLOT in pattern:
                rows[pattern] += counts[words]
        fills = {pattern: _said(pattern, members) for pattern, members in _grouped(found).items() if pattern in rows}
        wider = _wider(rows, fills, floor=floor)
        if not wider:
            break
        found = {words: wider.get(pattern, pattern) for words, pattern in found.items()}
    return found


def _said(pattern: Words, members: list[Words]) -> Counter[str]:
    """The words that fill the slots of a pattern."""
    return Counter(word for words in members for start, end in match(words, pattern) or [] for word in words[start:end])


def _agree(members: list[Words], fills: Mapping[Words, Counter[str]]) -> bool:
    """Whether much the same fills the slots of all these patterns."""
    together = sum((fills[pattern] for pattern in members), Counter[str]())
    alike = [shared(fills[pattern], together - fills[pattern]) for pattern in members]
    return sum(alike) >= ALIKE * len(alike)


def _wider(rows: Mapping[Words, int], fills: Mapping[Words, Counter[str]], *, floor: int) -> dict[Words, Words]:
    """What covers many patterns, or some whose differences are those of other patterns too, and keeps most of their words."""
    general = {pattern: _merged(one) for pattern, one in align(rows, floor=floor).items() if one != pattern}
    groups = {one: members for one, members in _grouped(general).items() if all(_mostly(one, m) for m in members)}
    values = {one: {value for pattern in members for value in _new(pattern, one)} for one, members in groups.items()}
    seen = Counter(value for found in values.values() for value in found)
    return {
        pattern: one
        for one, members in groups.items()
        if (len(members) >= MANY and _agree(members, fills))
        or (len(members) >= SOME and 2 * sum(seen[value] > 1 for value in values[one]) >= len(values[one]))
        for pattern in members
    }


def _new(pattern: Words, general: Words) -> set[Words]:
    """What the slots of `general` take in of `pattern`, slots aside."""
    ranges = match(pattern, general) or []
    return {words for start, end in ranges if (words := pattern[start:end]) != (SLOT,)}


def _merged(pattern: Words) -> Words:
    """Neighbouring slots as one."""
    return tuple(word for at, word in enumerate(pattern) if word != SLOT or pattern[at - 1 : at] != (SLOT,))


def _mostly(general: Words, special: Words) -> bool:
    kept, known = (sum(word != SLOT for word in pattern) for pattern in (general, special))
    return kept >= KEPT * known


def _covers(general: Words, special: Words) -> bool:
    """Whether `general` says all of `special` but a few words around or in place of its slots."""
    ranges = match(special, general)
    if ranges is None:
        return False
    inside = [special[start:end] for start, end in ranges]
    if any(is_mark(word) and word != SLOT for words in inside for word in words):
        return False
    if SLOT not in special:
        return sum(not is_mark(word) for word in general) >= FEW
    return all(sum(word != SLOT for word in words) <= ABSORBED for words in inside)
