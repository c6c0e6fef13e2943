"""Templates into tasks: wordings of one task have slots and answers of the same kind, the same values and answers, and words in common.

    closeness = mean of (what fills the text slots, what is answered) + a quarter of (words in both wordings)

Overlaps are those of two distributions of words, as a share of what two samples of that size from one distribution would have, so that few
rows are no reproach; how much that is, the two halves of each template's own rows tell. Answers of yes and no, boxes and numbers say nothing about the task and are left out. Groups are joined by
their mean closeness until none is over `ENOUGH`; what falls short is kept apart, and said so.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from sayso.instructions.induce.profiles import SEEN, Profile, shared

__all__ = ["Group", "group_templates"]

Matrix: TypeAlias = NDArray[np.float64]
ENOUGH = 0.82
NEAR = 0.7
"""Closeness from which on two tasks that stay apart are said to be near."""
LITERAL_WEIGHT = 0.25
UNTOLD = {"options_yes_no", "yes_no", "region", "options_regions", "number"}
"""Kinds of answers that any task may have."""
LEAST = 0.1
MAX_COMPARED = 500
"""Templates of one kind that are compared with one another; the rest, with the fewest rows, stay alone."""


@dataclass(frozen=True, slots=True)
class Group:
    """Positions of the templates of one task, how close they are on the average, and the first template of the nearest other group."""

    members: tuple[int, ...]
    closeness: float
    near: int | None = None


def group_templates(profiles: Sequence[Profile]) -> list[Group]:
    """The groups, those with most rows first."""
    rarity = _rarity(profiles)
    by_kind: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for number, one in enumerate(profiles):
        by_kind[one.kind].append(number)
    groups = [group for numbers in by_kind.values() for group in _grouped(numbers, profiles, rarity)]
    return sorted(groups, key=lambda group: (-sum(profiles[n].rows for n in group.members), group.members))


def _rarity(profiles: Sequence[Profile]) -> dict[str, float]:
    counts = Counter(word for one in profiles for word in one.literal)
    return {word: math.log((len(profiles) + 1) / count) for word, count in counts.items()}


def _grouped(numbers: list[int], profiles: Sequence[Profile], rarity: Mapping[str, float]) -> list[Group]:
    compared, alone = numbers[:MAX_COMPARED], numbers[MAX_COMPARED:]
    close = _compared([profiles[number] for number in compared], rarity)
    clusters, means = _joined(close)
    found = []
    for at, cluster in enumerate(clusters):
        pairs = [close[a, b] for a in cluster for b in cluster if a < b]
        others = np.delete(means[at], at) if len(clusters) > 1 else np.array([0.0])
        near = int(others.argmax())
        other = clusters[near + (near >= at)][0] if len(clusters) > 1 and others[near] >= NEAR else None
        found.append(
            Group(
                tuple(compared[n] for n in sorted(cluster)),
                float(np.mean(pairs)) if pairs else 0.0,
                None if other is None else compared[other],
            )
        )
    return found + [Group((number,), 0.0) for number in alone]


def _compared(profiles: Sequence[Profile], rarity: Mapping[str, float]) -> Matrix:
    close = np.zeros((len(profiles), len(profiles)))
    for a, one in enumerate(profiles):
        for b in range(a):
            close[a, b] = close[b, a] = _closeness(one, profiles[b], rarity)
    return close


def _joined(close: Matrix) -> tuple[list[list[int]], Matrix]:
    """Clusters by average linkage, and the mean closeness between any two of them."""
    means, sizes = close.copy(), np.ones(len(close))
    np.fill_diagonal(means, -np.inf)
    clusters: list[list[int]] = [[number] for number in range(len(close))]
    while len(close) > 1:
        a, b = sorted(divmod(int(means.argmax()), len(close)))
        if means[a, b] < ENOUGH:
            break
        mean = (sizes[a] * means[a] + sizes[b] * means[b]) / (sizes[a] + sizes[b])
        means[a], means[:, a] = mean, mean
        means[a, a] = -np.inf
        means[b], means[:, b] = -np.inf, -np.inf
        sizes[a] += sizes[b]
        clusters[a] += clusters[b]
        clusters[b] = []
    kept = [number for number, cluster in enumerate(clusters) if cluster]
    return [clusters[number] for number in kept], means[np.ix_(kept, kept)]


def _closeness(one: Profile, other: Profile, rarity: Mapping[str, float]) -> float:
    told = []
    if one.fills and other.fills:
        told.append(_overlap(one.fills, other.fills, expected=_expected(one, other, "fills")))
    if one.asks not in UNTOLD and one.answers and other.answers:
        told.append(_overlap(one.answers, other.answers, expected=_expected(one, other, "answers")))
    return (sum(told) / len(told) if told else 0.0) + LITERAL_WEIGHT * _cosine(one.literal, other.literal, rarity)


def _expected(one: Profile, other: Profile, what: str) -> float:
    """The mass that two samples of one distribution would share, going by what the halves of each do."""
    root = math.sqrt(1 / one.rows + 1 / other.rows)
    return sum(_at_size(each.spread[what], rows=min(each.rows, SEEN), root=root) for each in (one, other)) / 2


def _at_size(spread: float, *, rows: int, root: float) -> float:
    """The share at another size: what differs shrinks with the root of the size, and where nearly all differs what is common grows with it."""
    ratio = root * math.sqrt(rows) / 2
    shrinking, growing = 1 - spread * root, (1 - 2 * spread / math.sqrt(rows)) / ratio
    return min(shrinking, growing) if ratio < 1 else max(shrinking, growing)


def _overlap(one: Counter[str], other: Counter[str], *, expected: float) -> float:
    """The mass two distributions share, as a share of what two samples of one distribution would."""
    return min(1.0, shared(one, other) / max(LEAST, expected))


def _cosine(one: frozenset[str], other: frozenset[str], rarity: Mapping[str, float]) -> float:
    def square(words: frozenset[str]) -> float:
        return math.fsum(rarity[word] ** 2 for word in words)  # the same in any order

    scale = math.sqrt(square(one) * square(other))
    return square(one & other) / scale if scale else 0.0
