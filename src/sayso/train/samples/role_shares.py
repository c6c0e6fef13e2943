"""How many tokens of each role a run trains on, by task, before the first step: what an objective over instructions has to work with.

Looks at the first samples of the run's own order, encoded as they will be. `turns_all_template` are turns whose instruction is nothing but
template: an objective like L2T trains them on their response alone.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from sayso.instructions.task_templates.shares import COUNTED, shares_of
from sayso.models.encode import Encoded
from sayso.models.roles import ROLE_CODE
from sayso.records import ROLES
from sayso.train.samples.dataset import RunDataset

__all__ = ["count_roles"]

NUM_SAMPLES = 128
NUM_AT_ONCE = 16


def count_roles(dataset: RunDataset, *, num_samples: int = NUM_SAMPLES) -> dict[str, Any]:
    """`{"num_samples", "all": told, "tasks": {name: told}}`, told being `turns`, `turns_all_template`, `tokens` by role, and `shares` among COUNTED."""
    tokens: dict[str, Counter[str]] = {}
    turns: dict[str, Counter[str]] = {}
    count = min(num_samples, len(dataset))
    for row in _rows(dataset, count):
        tokens.setdefault(row.task, Counter()).update(_roles(row))
        turns.setdefault(row.task, Counter()).update(_turns(row))
    every = _told(sum(tokens.values(), Counter()), sum(turns.values(), Counter()))
    by_task = {task: _told(tokens[task], turns[task]) for task in sorted(tokens)}
    return {"num_samples": count, "all": every, "tasks": by_task}


def _rows(dataset: RunDataset, count: int) -> Iterator[Encoded]:
    for start in range(0, count, NUM_AT_ONCE):
        yield from dataset.__getitems__(list(range(start, min(start + NUM_AT_ONCE, count))))


def _roles(row: Encoded) -> dict[str, int]:
    found = np.bincount(row.roles, minlength=len(ROLES))
    return {role: int(found[code]) for role, code in ROLE_CODE.items() if found[code]}


def _turns(row: Encoded) -> Counter[str]:
    """Turns of the user, and those among them with template tokens and no other instruction."""
    asked = np.isin(row.roles, [ROLE_CODE["instr"], ROLE_CODE["options"]])
    fixed = row.roles == ROLE_CODE["instr_template"]
    open_turns, fixed_turns = set(row.turns[asked].tolist()), set(row.turns[fixed].tolist())
    return Counter(turns=len(open_turns | fixed_turns), turns_all_template=len(fixed_turns - open_turns))


def _told(tokens: Counter[str], turns: Counter[str]) -> dict[str, Any]:
    return {
        "turns": turns["turns"],
        "turns_all_template": turns["turns_all_template"],
        "tokens": {role: tokens[role] for role in ROLES if tokens[role]},
        "shares": shares_of({role: tokens[role] for role in COUNTED}),
    }
