"""What is known of the samples that pre-flight looks at: their lengths, and how many tokens of each role they have and are trained on.

Half of them are the first of the run, as they will come, the others lie evenly over the rest of it: later epochs and what is replayed are among
them. Only numbers are kept, no pictures. Turns whose instruction is nothing but template are counted: an objective over instructions trains
them on their response alone.
"""

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np

from sayso.instructions.task_templates.shares import shares_of
from sayso.models.encode import Encoded
from sayso.models.roles import ROLE_CODE
from sayso.records import ROLES
from sayso.train.objectives import Weigh
from sayso.train.samples.dataset import RunDataset

__all__ = ["by_task", "choose_places", "Facts", "facts_of", "look", "total", "unlimited"]

UNLIMITED = 1 << 40


@dataclass(frozen=True, kw_only=True)
class Facts:
    """A sample at a place of the run; `tokens` and `targets` count by role, `ends` are the ids that end its responses.

    `turns` are those of the user, `turns_all_template` those among them with template tokens and no other instruction.
    """

    place: int
    id: str
    task: str
    num_tokens: int
    max_token_id: int
    tokens: Mapping[str, int]
    targets: Mapping[str, int]
    ends: frozenset[int]
    turns: int
    turns_all_template: int


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
        found.append(facts_of(free[place], place=place, weigh=weigh))
        if time.monotonic() > until:
            break
    return found


def total(counts: Sequence[Mapping[str, int]]) -> dict[str, int]:
    """Sums by role, in the order of the roles, those that do not occur left out."""
    sums: Counter[str] = Counter()
    for one in counts:
        sums.update(one)
    return {role: sums[role] for role in ROLES if sums[role]}


def by_task(facts: Sequence[Facts]) -> dict[str, dict[str, Any]]:
    """`{task: told}`, told being sums of `turns`, `turns_all_template` and `tokens` by role, and the `shares` of COUNTED roles."""
    tasks = sorted({one.task for one in facts})
    return {task: _told([one for one in facts if one.task == task]) for task in tasks}


def _told(facts: Sequence[Facts]) -> dict[str, Any]:
    tokens = total([one.tokens for one in facts])
    return {
        "turns": sum(one.turns for one in facts),
        "turns_all_template": sum(one.turns_all_template for one in facts),
        "tokens": tokens,
        "shares": shares_of(tokens),
    }


def facts_of(row: Encoded, *, place: int, weigh: Weigh) -> Facts:
    """What is kept of an encoded sample."""
    targets = row.roles[weigh(row).weights > 0]
    ids = np.asarray(row.input_ids)
    return Facts(
        place=place,
        id=row.id,
        task=row.task,
        num_tokens=max(len(row), len(row.beside_roles)),
        max_token_id=int(ids.max(initial=0)),
        tokens=_by_role(row.roles),
        targets=_by_role(targets),
        ends=frozenset(ids[row.roles == ROLE_CODE["resp_end"]].tolist()),
        **_turns(row),
    )


def _turns(row: Encoded) -> dict[str, int]:
    asked = np.isin(row.roles, [ROLE_CODE["instr"], ROLE_CODE["options"]])
    fixed = row.roles == ROLE_CODE["instr_template"]
    open_turns, fixed_turns = set(row.turns[asked].tolist()), set(row.turns[fixed].tolist())
    return {"turns": len(open_turns | fixed_turns), "turns_all_template": len(fixed_turns - open_turns)}


def _by_role(roles: np.ndarray) -> dict[str, int]:
    numbers = np.bincount(roles, minlength=len(ROLES)).tolist()
    return {role: number for role, number in zip(ROLES, numbers, strict=True) if number}
