"""Which prompts share a prefix worth reading once: those that show the same media and begin with the same tokens.

All media of a prompt must stand inside the prefix, since only there are they read. Prompts without media share by tokens alone: a system prompt, demonstrations.
Sorted by their tokens, prompts with a long common prefix are neighbours; a group takes the next prompt in as long as that costs no more tokens than
beginning another group.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from sayso.models.encode import Encoded
from sayso.models.roles import ROLE_CODE

__all__ = ["Group", "group", "in_batches", "MIN_SHARED"]

MIN_SHARED = 8
"""Tokens that a prefix must have at least."""
MAX_ROWS = 4
"""Rows at once, in times of the batch size: their caches are short, what they need besides is not."""
MAX_NUMBERS = 1 << 26
"""Numbers that logits, or masks, may have in one call."""
GLANCE = 64
"""Numbers of an array that tell most pictures apart."""
Ids = NDArray[np.uint32]


@dataclass(frozen=True, kw_only=True)
class Group:
    """Positions of prompts that share their first `length` tokens and all of their media."""

    rows: tuple[int, ...]
    length: int

    def cost(self, lengths: Sequence[int], *, more: int = 0) -> int:
        """Tokens to keep: the prefix, and each row's rest with `more`."""
        return self.length + sum(lengths[row] - self.length + more for row in self.rows)


def group(prompts: Sequence[Encoded]) -> tuple[list[Group], list[int]]:
    """Groups of at least two prompts, and the positions of prompts that share nothing worth it."""
    found = [one for places in _by_media(prompts) for one in _split(places, prompts)]
    shared = [one for one in found if len(one.rows) > 1]
    return shared, [row for one in found if len(one.rows) == 1 for row in one.rows]


def in_batches(
    groups: Sequence[Group], *, lengths: Sequence[int], more: int, batch_size: int, logits: int
) -> Iterator[list[Group]]:
    """Groups that are read together, longest prefix first; no more tokens are kept than `batch_size` whole rows have.

    `lengths` are those of all prompts, `more` what each is continued by, `logits` how many numbers are asked for a row. A group that is too large is cut.
    """
    room = batch_size * (max((lengths[row] for one in groups for row in one.rows), default=0) + more)
    longest = max((lengths[row] - one.length for one in groups for row in one.rows), default=0) + more
    most = max(1, min(MAX_ROWS * batch_size, MAX_NUMBERS // max(logits, longest**2)))
    batch: list[Group] = []
    used = rows = 0
    for one in _cut(groups, lengths=lengths, more=more, room=room, most=most):
        cost = one.cost(lengths, more=more)
        if batch and (used + cost > room or rows + len(one.rows) > most):
            yield batch
            batch, used, rows = [], 0, 0
        batch.append(one)
        used, rows = used + cost, rows + len(one.rows)
    if batch:
        yield batch


def _cut(groups: Sequence[Group], *, lengths: Sequence[int], more: int, room: int, most: int) -> Iterator[Group]:
    for one in sorted(groups, key=lambda one: (-one.length, one.rows)):
        longest = max(lengths[row] for row in one.rows) - one.length + more
        size = max(1, min(most, (room - one.length) // longest))
        pieces = -(-len(one.rows) // size)
        size = -(-len(one.rows) // pieces)
        for start in range(0, len(one.rows), size):
            yield Group(rows=one.rows[start : start + size], length=one.length)


def _split(places: Sequence[int], prompts: Sequence[Encoded]) -> Iterator[Group]:
    """Prompts of equal media in groups."""
    if len(places) == 1:
        yield Group(rows=tuple(places), length=len(prompts[places[0]]))
        return
    ids = {place: np.asarray(prompts[place].input_ids, dtype=">u4") for place in places}
    rows: list[int] = []
    length = 0
    for place in sorted(places, key=lambda place: ids[place].tobytes()):
        common = min(length, _common(ids[rows[-1]], ids[place])) if rows else 0
        if rows and common >= max(MIN_SHARED, _end_of_media(prompts[place])) and _pays(len(rows), length, common):
            length = common
        else:
            if rows:
                yield Group(rows=tuple(rows), length=length)
            rows, length = [], len(ids[place])
        rows.append(place)
        length = min(length, len(ids[place]) - 1)
    yield Group(rows=tuple(rows), length=length)


def _pays(count: int, length: int, common: int) -> bool:
    """A shorter prefix makes every row but the first longer; another group would read the common part again."""
    return (count - 1) * (length - common) <= common


def _common(a: Ids, b: Ids) -> int:
    size = min(len(a), len(b))
    differ = np.flatnonzero(a[:size] != b[:size])
    return int(differ[0]) if len(differ) else size


def _end_of_media(prompt: Encoded) -> int:
    """Behind the last token of a medium."""
    found = np.flatnonzero(prompt.roles == ROLE_CODE["media"])
    return int(found[-1]) + 1 if len(found) else 0


def _by_media(prompts: Sequence[Encoded]) -> Iterator[list[int]]:
    """Places of prompts that show the same; only what a glance cannot tell apart is read whole."""
    digests: dict[int, bytes] = {}

    def digest(array: NDArray[np.generic]) -> bytes:
        if id(array) not in digests:
            digests[id(array)] = blake2b(np.ascontiguousarray(array).view(np.uint8).data, digest_size=16).digest()
        return digests[id(array)]

    for alike in _bucketed(range(len(prompts)), lambda place: _named(prompts[place], _glance)):
        if len(alike) == 1 or not prompts[alike[0]].arrays:
            yield alike
        else:
            yield from _bucketed(alike, lambda place: _named(prompts[place], digest))


def _bucketed(places: Sequence[int], key: Callable[[int], Hashable]) -> Iterator[list[int]]:
    found: dict[Hashable, list[int]] = {}
    for place in places:
        found.setdefault(key(place), []).append(place)
    return iter(found.values())


def _named(prompt: Encoded, key: Callable[[NDArray[np.generic]], Hashable]) -> Hashable:
    return tuple((name, key(prompt.arrays[name])) for name in sorted(prompt.arrays))


def _glance(array: NDArray[np.generic]) -> Hashable:
    flat = array.reshape(-1)
    return array.dtype.str, array.shape, flat[:: max(1, len(flat) // GLANCE)].tobytes()
