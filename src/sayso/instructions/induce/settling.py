"""Where the slots of a pattern begin and end, put right by what its own rows and the language tell.

- What all values of a slot begin or end with belongs to the instruction: 'Tell me where "the old ___" is', not '___ is'.
- A question inside a request is a value, however alike the questions of a file are: "please answer Is there a ___ here?". A capital tells.
- A stop before the mark that closes a quotation belongs to the quoted text where the sentence goes on.

Texts that have no pattern of their own take that of others that they fit, if it says enough.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from sayso.instructions.induce.aligning import DISTINCT, match
from sayso.instructions.induce.tokens import SLOT, Words, is_mark

__all__ = ["adopt", "ARTICLES", "ASKING", "settle", "STOPS"]

ARTICLES = {"the", "a", "an"}
ASKING = frozenset(
    [
        "what",
        "which",
        "who",
        "whom",
        "whose",
        "where",
        "when",
        "why",
        "how",
        "is",
        "are",
        "was",
        "were",
        "am",
        "do",
        "does",
        "did",
        "can",
        "could",
        "will",
        "would",
        "should",
        "has",
        "have",
        "had",
    ]
)
OPENERS = {'"', "\u201c", "\u2018"}
CLOSERS, STOPS = {'"', "'", "\u201d", "\u2019"}, {".", "?", "!"}
NEARLY = 0.8
"""Share of the values that end with two stops, for the second to be one of the instruction."""
SAID = 4
"""Words that a pattern must say before a text that is like no other takes it."""


def settle(found: Mapping[Words, Words]) -> dict[Words, Words]:
    """The texts with their patterns put right; one that no longer fits keeps what it had."""
    groups: dict[Words, list[Words]] = defaultdict(list)
    for words, pattern in found.items():
        groups[pattern].append(words)
    settled: dict[Words, Words] = {}
    for pattern, members in groups.items():
        better = _quoted(_asked(_narrowed(pattern, members)))
        settled.update({words: better if match(words, better) is not None else pattern for words in members})
    return settled


def _narrowed(pattern: Words, members: Sequence[Words]) -> Words:
    """The pattern with the common ends of the values of each slot as words."""
    if SLOT not in pattern or len(members) < DISTINCT:
        return pattern
    ranges = [match(words, pattern) or [] for words in members]
    found: list[str] = []
    number = 0
    for at, piece in enumerate(pattern):
        if piece != SLOT:
            found.append(piece)
            continue
        values = {words[slice(*places[number])] for words, places in zip(members, ranges, strict=True) if places}
        number += 1
        before, after = _ends(sorted(values))
        found += before if at == 0 or pattern[at - 1] != SLOT else ()
        found.append(SLOT)
        found += after if pattern[at + 1 : at + 2] != (SLOT,) else ()
    return tuple(found)


def _ends(values: Sequence[Words]) -> tuple[Words, Words]:
    """What all values begin with and what all end with, if enough of them differ; articles and question words stay with them."""
    if len(values) < DISTINCT:
        return (), ()
    shortest = min(map(len, values))
    before = _common(list(values), shortest - 1)
    after = _common([words[::-1] for words in values], shortest - 1 - before)
    head, tail = values[0][:before], values[0][len(values[0]) - after :]
    while head and head[-1].lower() in ARTICLES:
        head = head[:-1]
    if head and head[0].lower() in ASKING and head[-1] not in OPENERS:
        head = ()
    stop = tail[-1:] == ("?",) or (len(tail) == 1 and tail[0] in STOPS)
    again = sum(words[-2] in STOPS for words in values if len(words) > 1) >= NEARLY * len(values)
    return head, tail[-1:] if stop and again else () if stop else tail


def _common(values: Sequence[Words], most: int) -> int:
    first, last = min(values), max(values)
    return next((at for at in range(most) if first[at] != last[at]), max(0, most))


def _asked(pattern: Words) -> Words:
    """Questions with a slot in the middle of a sentence become part of the slot."""
    for at in range(1, len(pattern)):
        if not (_begins_question(pattern, at) and SLOT in pattern[at:]):
            continue
        slot = pattern.index(SLOT, at)
        if any(is_mark(word) or word in STOPS for word in pattern[at:slot]):
            continue
        end = _question_end(pattern, slot + 1)
        return (*pattern[:at], SLOT, *_asked(pattern[end:]))
    return pattern


def _begins_question(pattern: Words, at: int) -> bool:
    word, last = pattern[at], pattern[at - 1]
    inside = not is_mark(last) and (last[-1].isalnum() or last in {",", '"', "'", "\u201c"})
    return inside and word[0].isupper() and word.lower() in ASKING


def _question_end(pattern: Words, start: int) -> int:
    """After the question mark that ends the question, if its last words are literal; else after its slot."""
    for at in range(start, len(pattern)):
        if pattern[at] == "?":
            return at + 1
        if is_mark(pattern[at]) or pattern[at] in STOPS | CLOSERS:
            break
    return start


def _quoted(pattern: Words) -> Words:
    """Without stops between a slot and the mark that closes its quotation, where the sentence goes on after it."""
    return tuple(word for at, word in enumerate(pattern) if not (word == "." and _goes_on(pattern, at)))


def _goes_on(pattern: Words, at: int) -> bool:
    if pattern[at - 1 : at] != (SLOT,) or pattern[at + 1 : at + 2] == () or pattern[at + 1] not in CLOSERS:
        return False
    following = pattern[at + 2 : at + 3]
    return bool(following) and not is_mark(following[0]) and not following[0][0].isupper()


def adopt(
    texts: Sequence[Words], patterns: Mapping[Words, int], *, counts: Mapping[Words, int], floor: int
) -> Iterator[tuple[Words, Words]]:
    """Each of the texts that fits a pattern, with the one that says most of those that `floor` rows have, these texts included.

    `patterns` has the rows of each, `counts` those of texts.
    """
    by_ends: dict[tuple[str, str], list[Words]] = defaultdict(list)
    for pattern in sorted(patterns, key=lambda one: (-_said(one), one)):
        if SLOT in pattern and _said(pattern) >= SAID:
            by_ends[pattern[0], pattern[-1]].append(pattern)
    fitting: dict[Words, list[Words]] = {}
    rows = Counter(patterns)
    for words in texts:
        ends = {(first, last) for first in (words[0], SLOT) for last in (words[-1], SLOT)}
        fitting[words] = [one for pair in sorted(ends) for one in by_ends.get(pair, ()) if _fits(words, one)]
        rows.update(dict.fromkeys(fitting[words], counts[words]))
    for words, found in fitting.items():
        enough = [pattern for pattern in found if rows[pattern] >= floor]
        if enough:
            yield words, min(enough, key=lambda one: (-_said(one), one))


def _said(pattern: Words) -> int:
    return sum(word[0].isalnum() for word in pattern)


def _fits(words: Words, pattern: Words) -> bool:
    ranges = match(words, pattern)
    return ranges is not None and not any(is_mark(word) for start, end in ranges for word in words[start:end])
