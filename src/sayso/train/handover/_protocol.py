"""What is handed over, and what a tool's writer makes of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from sayso.config import TrainConfig
from sayso.records import Sample
from sayso.registry import Registry
from sayso.train.engine.arguments import samples_per_step
from sayso.train.handover._targets import Targets
from sayso.train.objectives import Weigh
from sayso.train.samples.dataset import RunDataset

__all__ = ["Handed", "Outcome", "Tool", "tools"]


@dataclass(frozen=True, kw_only=True)
class Handed:
    """One train stage before its first step.

    `model` is a folder or hub id, relative to the export where the weights lie in it. `seed` is the one that training sets. The
    places of `dataset` are all samples of all epochs, each under the wording drawn for it, in the order of training.
    """

    node: str
    config: TrainConfig
    seed: int
    model: str
    dataset: RunDataset
    weigh: Weigh
    targets: Targets
    images: bool
    inexact: bool

    @property
    def num_steps(self) -> int:
        """Optimizer steps of the run on one process."""
        return -(-self.dataset.total // samples_per_step(self.config, num_processes=1))

    def samples(self) -> Iterator[Sample]:
        """Every sample of the run, in its order."""
        return (self.dataset.sample(place) for place in range(self.dataset.total))


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What was written: how to run it, what is the same there, what is lost, and how many samples it has."""

    command: str
    num_samples: int
    equal: tuple[str, ...]
    lost: tuple[str, ...]
    left_out: dict[str, int] = field(default_factory=dict)


class Tool(Protocol):
    """One other tool."""

    def write(self, handed: Handed, *, out: Path) -> Outcome:
        """Write data and config into `out`.

        Raises:
            ConfigError: it cannot train on the same tokens, and `handed.inexact` is not set.
            DataError: a sample cannot be written.
        """
        ...


tools: Registry[Tool] = Registry("tool", "sayso.train.handover")
"""Tools by name."""
