"""What happens between train stages: which examples of earlier stages are replayed in a later one."""

from sayso.train.strategies._protocol import EarlierTask, Replay, replays

__all__ = ["EarlierTask", "Replay", "replays"]
