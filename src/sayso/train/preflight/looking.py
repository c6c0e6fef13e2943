"""What is known of the samples that pre-flight looks at: their lengths, and how many tokens of each role they have and are trained on.

Half of them are the first of the run, as they will come, the others lie evenly over the rest of it: later epochs and what is replayed are among
them. Only numbers are kept, no pictures.
"""

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass

import numpy as np

from sayso.models.encode import Encoded
from sayso.models.roles import ROLE_CODE
from sayso.records import ROLES
from sayso.train.objectives import Weigh
from sayso.train.preflight.tokens import target_weights
from sayso.train.samples.dataset import RunDataset

__all__ = ["choose_places", "Facts", "look", "total", "unlimited"]

UNLIMITED = 1 << 40


@dataclass(frozen=True, kw_only=True)
class Facts:
    """A sample at a place of the run; `tokens` and `targets` count by role, `ends` are the ids that end its responses."""

    place: int
    id: str
    task: str
    num_tokens: int
    max_token_id: int
    tokens: Mapping[str, int]
    targets: Mapping[str, int]
    ends: frozenset[int]


def choose_places(total: int, *, count: int) -> list[int]:
    """At most `count` of the `total` places of a run, in order: the first half of them as they come, the others spread over the rest."""
    first = min(total, -(-count // 2))
    rest = min(total - first, count - first)
    return [*range(first), *(first + (total - first) * n // rest for n in range(rest))]


def unlimited(dataset: RunDataset) -> RunDataset:
    """The same samples, with what has been read of them already, whatever their length."""
    free = copy(dataset)
    free.encoder = copy(dataset.encoder)
    free.encoder.max_tokens = UNLIMITED
    return free


def look(dataset: RunDataset, *, places: Iterable[int], weigh: Weigh, limit_s: float) -> list[Facts]:
    """Encode samples one by one and keep their facts; the first in any case, others as long as `limit_s` has not passed.

    Raises:
        DataError: a sample cannot be rendered or encoded, or a picture of it cannot be read.
    """
    free, until = unlimited(dataset), time.monotonic() + limit_s
    found: list[Facts] = []
    for place in places:
        found.append(_facts(free[place], place=place, weigh=weigh))
        if time.monotonic() > until:
            break
    return found


def total(counts: Sequence[Mapping[str, int]]) -> dict[str, int]:
    """Sums by role, in the order of the roles, those that do not occur left out."""
    sums: Counter[str] = Counter()
    for one in counts:
        sums.update(one)
    return {role: sums[role] for role in ROLES if sums[role]}


def _facts(row: Encoded, *, place: int, weigh: Weigh) -> Facts:
    beside = len(getattr(row, "beside_roles", ()))  # what an encoder of its own reads
    targets = row.roles[target_weights(row, weigh=weigh) > 0]
    ids = np.asarray(row.input_ids)
    return Facts(
        place=place,
        id=row.id,
        task=row.task,
        num_tokens=max(len(row), beside),
        max_token_id=int(ids.max(initial=0)),
        tokens=_by_role(row.roles),
        targets=_by_role(targets),
        ends=frozenset(ids[row.roles == ROLE_CODE["resp_end"]].tolist()),
    )


def _by_role(roles: np.ndarray) -> dict[str, int]:
    numbers = np.bincount(roles, minlength=len(ROLES)).tolist()
    return {role: number for role, number in zip(ROLES, numbers, strict=True) if number}
