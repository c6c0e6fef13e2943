"""Replay that takes earlier tasks in proportion to the examples kept of them: what was seen most comes back most."""

from sayso.train.strategies._protocol import Replay, replays

__all__ = ["proportional"]


@replays.register("proportional")
def proportional() -> Replay:
    """As if a fixed share of all earlier examples were seen again."""
    return Replay(weigh=lambda tasks: [task.size for task in tasks])
