"""Replay that spreads over answers: tasks in turn, and within a task its different answers in turn.

A memory of a few examples drawn blindly holds mostly the commonest answers; this one holds as many different ones as fit. It looks at the
first reference of each example and at nothing else: no model, no pictures. For tasks in which every answer is another (captions, boxes) it is the same
as `balanced`.
"""

from collections.abc import Hashable

from sayso.records import Example
from sayso.train.strategies._protocol import Replay, replays

__all__ = ["diverse"]


@replays.register("diverse")
def diverse() -> Replay:
    """Every earlier task equally often, every answer of a task equally often."""
    return Replay(weigh=lambda tasks: [1] * len(tasks), group=_answer)


def _answer(example: Example) -> Hashable:
    first = example.references[0]
    return first.strip().casefold() if isinstance(first, str) else first
