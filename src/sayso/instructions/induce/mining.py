"""From distinct texts to patterns: skeletons of literal sentences, and inside the stretches between them the aligned sentences.

A stretch may be a value or may hide more of the instruction. The sentences that fill stretches are aligned over all skeletons; a pattern that
occurs in several of them ("how many ___ are there?", before and after this or that request) is the form of a value; one that
occurs in one alone belongs to the instruction there.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sayso.instructions.induce.aligning import align, match
from sayso.instructions.induce.refining import refine
from sayso.instructions.induce.settling import adopt
from sayso.instructions.induce.skeletons import Skeleton, find_skeletons
from sayso.instructions.induce.tokens import SLOT, TYPED, Words, is_mark

__all__ = ["mine"]

OWN = 0.8
"""Share of a skeleton's texts whose stretch must have a pattern of its own, for it to be divided by these patterns."""
INSIDE = 0.5
"""Values of a form inside requests, as a share of those alone, from which on it is one of values."""
WEAK, REQUEST = 2, 6
"""Literal words of a skeleton that say little ("Task:"), and those of a form that then is part of the instruction."""
_HOLE: Words = (SLOT,)


def mine(texts: Mapping[Words, Sequence[Words]], *, counts: Mapping[Words, int], floor: int) -> dict[Words, Words]:
    """The pattern of each text that has one: words, marks and SLOTs. `texts` has the sentences of each, `counts` its rows."""
    said = _counted({words: [one for one in sentences if len(one) > 1] for words, sentences in texts.items()}, counts)
    skeletons = find_skeletons(texts, counts=counts, forms=align(said, floor=floor), floor=floor)
    fills = {words: _fills(texts[words], skeletons[words]) for words in texts}
    forms = align(_counted(fills, counts), floor=floor)
    where = _places(skeletons, fills, forms)
    groups: dict[Skeleton, list[Words]] = defaultdict(list)
    for words in sorted(texts):
        groups[skeletons[words]].append(words)
    often = {words for words, count in counts.items() if count >= floor}
    known = _Known(fills, forms, where, often)
    found: dict[Words, Words] = {}
    for skeleton, members in groups.items():
        found.update(_decide(skeleton, members, known))
    asked = {fill for words, stretch in fills.items() if len(skeletons[words]) > 1 for fill in stretch}
    found.update(
        {
            words: words
            for words, pattern in found.items()
            if _bare(pattern) and counts[words] >= floor and words not in asked
        }
    )
    found = refine(found, counts=counts, floor=floor)
    repeated = {words for words, count in counts.items() if count >= floor and words not in found}
    found.update({words: words for words in repeated})
    left = [words for words in sorted(texts) if words not in found]
    return {**found, **dict(adopt(left, Counter(found.values()), counts=counts, floor=1))}


def _counted(parts: Mapping[Words, Sequence[Words]], counts: Mapping[Words, int]) -> Counter[Words]:
    """The rows of each part of a text."""
    found = Counter[Words]()
    for words, ones in parts.items():
        for one in ones:
            found[one] += counts[words]
    return found


def _fills(sentences: Sequence[Words], skeleton: Skeleton) -> list[Words]:
    """What stands in the stretches of a skeleton, in order."""
    fills: list[Words] = []
    at = 0
    for number, piece in enumerate(skeleton):
        if piece != _HOLE:
            at += 1
            continue
        following = skeleton[number + 1] if number + 1 < len(skeleton) else None
        start = at
        while at < len(sentences) and (at == start or sentences[at] != following):
            at += 1
        fills.append(tuple(word for sentence in sentences[start:at] for word in sentence))
    return fills


def _places(
    skeletons: Mapping[Words, Skeleton], fills: Mapping[Words, list[Words]], forms: Mapping[Words, Words]
) -> dict[Words, bool]:
    """Whether each form is one of values: it occurs in several skeletons, and no less often inside a request than bare."""
    seen: dict[Words, dict[Skeleton, set[Words]]] = defaultdict(lambda: defaultdict(set))
    for words, stretch in fills.items():
        bare = tuple(piece for piece in skeletons[words] if piece[0] not in TYPED)
        for number, fill in enumerate(stretch):
            if fill in forms:
                seen[forms[fill]][(*bare, (str(number),))].add(fill)
    return {
        form: _is_value(form, {place: len(values) for place, values in places.items()}) for form, places in seen.items()
    }


def _is_value(form: Words, places: Mapping[Skeleton, int]) -> bool:
    if any(word in TYPED for word in form):
        return False
    inside = {place[:-1]: count for place, count in places.items() if len(place) > 2}  # beside a stretch, and not alone
    bare = sum(places.values()) - sum(inside.values())
    requests = [[piece for piece in place if piece != _HOLE] for place, count in inside.items() if count > 1]
    return _num_apart(requests) > 1 and sum(inside.values()) >= INSIDE * bare


def _num_apart(requests: Sequence[Sequence[Words]]) -> int:
    """How many of the requests there are if those with a sentence in common count as one."""
    apart: list[set[Words]] = []
    for request in requests:
        joined = set(request).union(*(group for group in apart if not group.isdisjoint(request)))
        apart = [*(group for group in apart if group.isdisjoint(request)), joined]
    return len(apart)


@dataclass(frozen=True, slots=True)
class _Known:
    """What fills the stretches of each text, their forms, which of these are values, and the texts with rows enough."""

    fills: Mapping[Words, list[Words]]
    forms: Mapping[Words, Words]
    where: Mapping[Words, bool]
    often: set[Words]


def _decide(skeleton: Skeleton, members: list[Words], known: _Known) -> dict[Words, Words]:
    """The pattern of each member of a skeleton."""
    holes = sum(piece == _HOLE for piece in skeleton)
    says = any(piece != _HOLE and piece[0] not in TYPED for piece in skeleton)
    said = sum(word[0].isalnum() for piece in skeleton for word in piece)
    inside = [_inside(number, members, known, bare=not says, weak=said <= WEAK) for number in range(holes)]
    found: dict[Words, Words] = {}
    for words in members:
        parts = [inside[number].get(words, _HOLE if says else ()) for number in range(holes)]
        if all(parts):
            found[words] = _joined(skeleton, parts)
    return {words: pattern for words, pattern in found.items() if match(words, pattern) is not None}


def _inside(number: int, members: list[Words], known: _Known, *, bare: bool, weak: bool) -> dict[Words, Words]:
    """What each member's stretch has instead of one slot: its own form, or in a bare text whose form others share, a slot."""
    own: dict[Words, Words] = {}
    shared: dict[Words, Words] = {}
    for words in members:
        form = known.forms.get(known.fills[words][number])
        if form is not None:
            (shared if known.where[form] else own)[words] = form
    if bare:
        return {**own, **dict.fromkeys(shared, _HOLE)}
    if len(own) >= OWN * len(members):
        return {**own, **dict.fromkeys(shared, _HOLE)}
    if not weak:
        return {}
    constant = {words: known.fills[words][number] for words in members if words in known.often}
    return {**constant, **{words: form for words, form in own.items() if _is_request(form)}}


def _is_request(form: Words) -> bool:
    """Whether a form says so much that it is no value."""
    return sum(word[0].isalnum() for word in form) >= REQUEST and form[0][0].isupper()


def _bare(pattern: Words) -> bool:
    """Whether a pattern says nothing."""
    return all(is_mark(word) for word in pattern)


def _joined(skeleton: Skeleton, parts: list[Words]) -> Words:
    queue = iter(parts)
    return tuple(word for piece in skeleton for word in (next(queue) if piece == _HOLE else piece))
