"""How much of each task is trained on in a round: one file per mixer, and what turns its weights into whole-number shares."""

from sayso.data.mixers._protocol import Mixer, Mixing, TaskStats, mixers
from sayso.data.mixers._shares import to_shares, weigh_tasks

__all__ = ["Mixer", "mixers", "Mixing", "TaskStats", "to_shares", "weigh_tasks"]
