"""The sequence of a training run: an index for every place in it, and a sampler that counts through them.

Place k of the run is example `k % n` of epoch `k // n`, in the mixed order of that epoch. The run is one sequence over all epochs,
and any place is computed on its own, so resuming is a matter of which number comes next: no sample is drawn or read again.

With a replay of earlier tasks, r(k) = floor((k p + o) / q) of the first k places are replayed, for a fraction p / q and an offset o drawn from
the seed. Place k is replayed where r grows, and then the r(k)-th replay; otherwise it is new place k - r(k). So any n places
in a row hold n p / q replays, rounded up or down.
"""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple, Protocol

from torch.utils.data import Sampler

from sayso.data.order import MixedOrder
from sayso.seeds import derive
from sayso.train.strategies._pools import Pool

__all__ = ["Order", "Place", "ReplayedOrder", "ReplayOrder", "RunOrder", "RunSampler"]


class Place(NamedTuple):
    """What comes at one place of a run: epoch, task, and the example's position in it.

    `build` is 0 for what the stage trains on, and counts the builds of earlier stages from 1 for what is replayed.
    """

    epoch: int
    task: str
    position: int
    build: int = 0


class Order(Protocol):
    """All places of a run; `order[k]` is computed on its own. `num_examples` are the new ones of an epoch."""

    num_examples: int

    def __getitem__(self, k: int) -> Place:
        """Place k, from 0."""
        ...

    def places_of(self, num_new: int) -> int:
        """The fewest first places that hold so many new ones."""
        ...


class RunOrder:
    """The places of a run without replay; `order[k]` is a pure function of (sizes, seed, k)."""

    def __init__(self, sizes: Mapping[str, int], *, seed: int) -> None:
        self.num_examples = sum(sizes.values())
        self._epoch = lru_cache(maxsize=2)(lambda epoch: MixedOrder(sizes, seed=seed, epoch=epoch))

    def __getitem__(self, k: int) -> Place:
        epoch, position = divmod(k, self.num_examples)
        task, index = self._epoch(epoch)[position]
        return Place(epoch, task, index)

    def places_of(self, num_new: int) -> int:
        """As many: without replay every place is new."""
        return num_new


class ReplayOrder:
    """What is replayed, one after the other without end: `(task, build)` keys by weight, each with a pool of its examples.

    In every stretch of sum(weights) replays each key comes exactly as often as its weight says.
    """

    def __init__(self, pools: Sequence[tuple[str, int, int, Pool]], *, seed: int) -> None:
        self._pools = {f"{build}/{task}": (task, build, pool) for task, build, _, pool in pools}
        self._weights = {f"{build}/{task}": weight for task, build, weight, _ in pools}
        self._length = sum(self._weights.values())
        self._turn = lru_cache(maxsize=4)(
            lambda turn: MixedOrder(self._weights, seed=derive(seed, "replay"), epoch=turn)
        )

    def __getitem__(self, j: int) -> Place:
        turn, offset = divmod(j, self._length)
        key, index = self._turn(turn)[offset]
        task, build, pool = self._pools[key]
        lap, position = pool[turn * self._weights[key] + index]
        return Place(lap, task, position, build)


class ReplayedOrder:
    """New places with replayed ones between them, a `fraction` of all."""

    def __init__(self, new: Order, *, old: ReplayOrder, fraction: Fraction, seed: int) -> None:
        self._new, self._old, self._fraction = new, old, fraction
        self._offset = derive(seed, "replay offset") % fraction.denominator
        self.num_examples = new.num_examples

    def __getitem__(self, k: int) -> Place:
        before = self.num_replayed(k)
        return self._old[before] if self.num_replayed(k + 1) > before else self._new[k - before]

    def num_replayed(self, k: int) -> int:
        """How many of the first k places are replayed."""
        return (k * self._fraction.numerator + self._offset) // self._fraction.denominator

    def places_of(self, num_new: int) -> int:
        """The fewest first places that hold so many new ones."""
        k = int(num_new / (1 - self._fraction))
        while k - self.num_replayed(k) < num_new:
            k += 1
        while k and k - 1 - self.num_replayed(k - 1) >= num_new:
            k -= 1
        return k


class RunSampler(Sampler[int]):
    """The places of a run one after the other, and further ones up to a whole number of `multiple`.

    The further ones are what the last piece of several processes is filled up with (`sayso.train.batches.filling`). A trainer that goes on lets
    those before pass by number; no sample is read for that. With `part`, only so many are given at a time, those of part number `begun`: nothing is read ahead of
    what is not decided yet.
    """

    def __init__(self, total: int, *, multiple: int = 1, part: int | None = None) -> None:
        self.total = -(-total // multiple) * multiple
        self.part = self.total if part is None else part
        self.begun = 0

    def __iter__(self) -> Iterator[int]:
        start = self.begun * self.part
        return iter(range(start, min(self.total, start + self.part)))

    def __len__(self) -> int:
        return min(self.part, self.total)
