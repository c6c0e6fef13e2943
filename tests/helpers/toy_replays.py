"""A choice of what to replay that does not do its work."""

from sayso.train.strategies import Replay


def careless() -> Replay:
    """Weighs nothing."""
    return Replay(weigh=lambda tasks: [0] * len(tasks))
