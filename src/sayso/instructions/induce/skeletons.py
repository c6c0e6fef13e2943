"""Which sentences of an instruction say what to do, and which are what it is done to.

A sentence that stands with many different companions ("Answer from the picture." after two hundred questions) belongs to a
wording; one that stands with few (each of these questions, under five wordings) fills a slot. So a sentence counts by the
distinct texts that it is in, and where these counts are far apart in a text the frequent ones are literal. A vote over all
texts decides for each sentence once. What is left between literal sentences is one variable stretch, SLOT in a skeleton.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from sayso.instructions.induce.aligning import DISTINCT
from sayso.instructions.induce.tokens import APPENDED, CHOICES, OPTIONS, SLOT, Words

__all__ = ["find_skeletons", "Skeleton"]

Skeleton = tuple[Words, ...]
"""Literal sentences, and (SLOT,) for each variable stretch."""
RATIO = 1.5
"""How many times as many companions a literal sentence has as the least known one beside it."""
VOTES = 0.5
_LISTS = {(OPTIONS,), (APPENDED,), (CHOICES,)}
_HOLE: Words = (SLOT,)


def find_skeletons(
    texts: Mapping[Words, Sequence[Words]], *, counts: Mapping[Words, int], forms: Mapping[Words, Words], floor: int
) -> dict[Words, Skeleton]:
    """The skeleton of each text, given its sentences; one that fewer than `floor` rows have takes a more general one where it can.

    `forms` are the patterns of sentences: what looks like many others counts for as much less.
    """
    companions = Counter(sentence for sentences in texts.values() for sentence in set(sentences))
    alike = Counter(forms.values())
    known = {sentence: count / alike.get(forms.get(sentence, ()), 1) for sentence, count in companions.items()}
    literal = _literal(texts, companions, known)
    skeletons = {words: _skeleton(sentences, literal) for words, sentences in texts.items()}
    support = Counter[Skeleton]()
    for words, found in skeletons.items():
        support[found] += counts[words]
    return {words: _general(found, support, companions, floor=floor) for words, found in skeletons.items()}


def _literal(
    texts: Mapping[Words, Sequence[Words]], companions: Counter[Words], known: Mapping[Words, float]
) -> set[Words]:
    votes: dict[Words, list[int]] = defaultdict(lambda: [0, 0])
    repeated = Counter[Words]()
    for sentences in texts.values():
        said = [sentence for sentence in sentences if sentence not in _LISTS]
        repeated.update(sentence for sentence, count in Counter(said).items() if count > 1)
        least = min((known[sentence] for sentence in said), default=0.0)
        for sentence in said:
            votes[sentence][0] += companions[sentence] >= DISTINCT and known[sentence] >= RATIO * least
            votes[sentence][1] += 1
    often = {sentence for sentence, count in repeated.items() if count >= DISTINCT}
    return {sentence for sentence, (yes, all_) in votes.items() if yes > VOTES * all_ and sentence not in often}


def _skeleton(sentences: Sequence[Words], literal: set[Words]) -> Skeleton:
    found: list[Words] = []
    for sentence in sentences:
        if sentence in literal or sentence in _LISTS:
            found.append(sentence)
        elif not found or found[-1] != _HOLE:
            found.append(_HOLE)
    return tuple(found)


def _general(skeleton: Skeleton, support: Counter[Skeleton], companions: Counter[Words], *, floor: int) -> Skeleton:
    """With ever fewer literal sentences, until enough rows have it; the given one where none of these is known."""
    found = skeleton
    while support[found] < floor:
        literals = [sentence for sentence in found if sentence not in _LISTS and sentence != _HOLE]
        if len(literals) < 2:
            return skeleton
        least = min(literals, key=lambda sentence: (companions[sentence], sentence))
        found = _skeleton(found, {*literals} - {least})
    return found
