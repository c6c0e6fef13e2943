"""Which sentences of an instruction say what to do, and which are what it is done to.

A sentence that stands with many different companions ("Answer from the picture." after two hundred questions) belongs to a
wording; one that stands with few (each of these questions, under five wordings) fills a slot. So a sentence counts by the
distinct texts that it is in, and where these counts are far apart in a text the frequent ones are literal. A vote over all
texts decides for each sentence once. What is left between literal sentences is one variable stretch, SLOT in a skeleton.
"""

import math
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
BESIDE = 1.0
"""Companions of a literal sentence for each of a value beside it."""
MOSTLY = 0.85
"""Share of its contexts in which a sentence that is part of a request stands at the same place: first, last, or between others."""
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
    literal = _literal(texts, companions, known, roaming=_roaming(texts, companions))
    skeletons = {words: _skeleton(sentences, literal) for words, sentences in texts.items()}
    support = Counter[Skeleton]()
    for words, found in skeletons.items():
        support[found] += counts[words]
    return {words: _general(found, support, companions, floor=floor) for words, found in skeletons.items()}


def _literal(
    texts: Mapping[Words, Sequence[Words]],
    companions: Counter[Words],
    known: Mapping[Words, float],
    *,
    roaming: set[Words],
) -> set[Words]:
    votes: dict[Words, list[int]] = defaultdict(lambda: [0, 0])
    repeated = Counter[Words]()
    for sentences in texts.values():
        said = [sentence for sentence in sentences if sentence not in _LISTS]
        repeated.update(sentence for sentence, count in Counter(said).items() if count > 1)
        staying = [sentence for sentence in said if sentence not in roaming]
        least = min((known[sentence] for sentence in staying), default=0.0)
        most = max((known[sentence] for sentence in staying), default=0.0)
        alike = len(staying) < len(said) and most < RATIO * least  # the rest are values
        beside = BESIDE * max((known[sentence] for sentence in said if sentence in roaming), default=math.inf)
        for sentence in staying:
            told = alike or known[sentence] >= min(RATIO * least, beside)
            votes[sentence][0] += told and companions[sentence] >= DISTINCT
            votes[sentence][1] += 1
    often = {sentence for sentence, count in repeated.items() if count >= DISTINCT}
    return {sentence for sentence, (yes, all_) in votes.items() if yes > VOTES * all_ and sentence not in often}


def _roaming(texts: Mapping[Words, Sequence[Words]], companions: Counter[Words]) -> set[Words]:
    """Well known sentences that are values all the same: others stand in their place, in several requests, now before and now after these."""
    often = {sentence for sentence, count in companions.items() if count >= DISTINCT and sentence not in _LISTS}
    others: dict[Skeleton, set[Words]] = defaultdict(set)
    frames: dict[Words, set[Skeleton]] = defaultdict(set)
    places: dict[Words, Counter[str]] = defaultdict(Counter)
    for skeleton in {_skeleton(sentences, often) for sentences in texts.values()}:
        said = [at for at, sentence in enumerate(skeleton) if sentence not in _LISTS]
        for at in said if len(said) > 1 else ():
            frame = _merged((*skeleton[:at], _HOLE, *skeleton[at + 1 :]))
            others[frame].add(skeleton[at])
            if skeleton[at] != _HOLE:
                frames[skeleton[at]].add(frame)
                places[skeleton[at]]["first" if at == said[0] else "last" if at == said[-1] else "inside"] += 1
    return {
        sentence
        for sentence, found in frames.items()
        if sum(len(others[frame]) >= DISTINCT or _HOLE in others[frame] for frame in found) >= DISTINCT
        and places[sentence].most_common(1)[0][1] <= MOSTLY * places[sentence].total()
    }


def _merged(skeleton: Skeleton) -> Skeleton:
    return tuple(piece for at, piece in enumerate(skeleton) if piece != _HOLE or skeleton[at - 1 : at] != (_HOLE,))


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
