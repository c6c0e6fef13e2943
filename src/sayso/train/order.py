"""The sequence of a training run: an index for every place in it, and a sampler that starts anywhere at once.

Place k of the run is example `k % n` of epoch `k // n`, in the mixed order of that epoch. The run is one sequence over all epochs,
so resuming is a matter of where the sampler starts: nothing is replayed and nothing is skipped one by one.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from torch.utils.data import Sampler

from sayso.data.order import MixedOrder

__all__ = ["Place", "RunOrder", "RunSampler"]


class Place(NamedTuple):
    """What comes at one place of a run: epoch, task, and the example's position in it."""

    epoch: int
    task: str
    position: int


class RunOrder:
    """All places of a run; `order[k]` is a pure function of (sizes, seed, k)."""

    def __init__(self, sizes: Mapping[str, int], *, seed: int) -> None:
        self.num_examples = sum(sizes.values())
        self._epoch = lru_cache(maxsize=2)(lambda epoch: MixedOrder(sizes, seed=seed, epoch=epoch))

    def __getitem__(self, k: int) -> Place:
        epoch, position = divmod(k, self.num_examples)
        task, index = self._epoch(epoch)[position]
        return Place(epoch, task, index)


class RunSampler(Sampler[int]):
    """The places from `start` on; its length is that of the whole run, so that a trainer counts steps as if it had not been cut."""

    def __init__(self, total: int, *, start: int = 0) -> None:
        self.total = total
        self.start = start

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.start, self.total))

    def __len__(self) -> int:
        return self.total
