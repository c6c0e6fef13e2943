"""Replay that favours what was learned last: a task's weight falls by `decay` with every stage since it was trained on.

What is old has survived longer and may need less; whether it does is what a run with `balanced` beside it tells.
"""

from collections.abc import Sequence

from sayso.errors import ConfigError
from sayso.train.strategies._protocol import EarlierTask, Replay, replays

__all__ = ["recent"]

SCALE = 1000
"""Weight of a task of the stage right before; what has fallen below 1 still weighs 1, so that nothing is left out for good."""


@replays.register("recent")
def recent(*, decay: float = 0.5) -> Replay:
    """A task of the stage right before weighs 1, one of the stage before that `decay`, then `decay` squared ..."""
    if not 0 < decay <= 1:
        raise ConfigError(f"replay choice 'recent': decay is {decay}; give a number above 0 and at most 1")

    def weigh(tasks: Sequence[EarlierTask]) -> list[int]:
        return [max(1, round(SCALE * decay ** (task.stages_ago - 1))) for task in tasks]

    return Replay(weigh=weigh)
