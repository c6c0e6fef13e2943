"""The examples of a build as a torch dataset over the places of a run, drawn, rendered and encoded when they are asked for."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Protocol

from torch.utils.data import Dataset

from sayso.models.encode import Encoded, Encoder
from sayso.records import Example, Sample
from sayso.train.samples.order import Order
from sayso.train.samples.truncation import Truncation

__all__ = ["Feed", "RunDataset", "Samples"]


class Examples(Protocol):
    """Where examples are read from, such as `sayso.data.store.ExampleStore`."""

    def get(self, task: str, index: int) -> Example:
        """Example number `index` of a task."""
        ...


MakeSamples = Callable[[Example, int], Sequence[Sample]]
"""(example, epoch) -> its samples side by side: wordings, option order and reference are drawn in here."""


@dataclass(frozen=True, kw_only=True)
class Feed:
    """One build: where its examples are read and how they become samples, `num_wordings` of the run at a time."""

    examples: Examples
    make_samples: MakeSamples


class Samples(Protocol):
    """A run's samples by number, in whatever order they come: a `RunDataset`, or one that is arranged or filled up."""

    def __getitems__(self, numbers: list[int]) -> Sequence[Encoded]:
        """Several at once."""
        ...

    def __len__(self) -> int:
        """How many belong to the run."""
        ...


class RunDataset(Dataset[Encoded]):
    """`dataset[k]` is encoded sample k of the run, the same whenever it is asked for.

    Each place of the order gives `num_wordings` samples in a row, one example under as many wordings; `total` counts samples. `feeds` are the
    builds that the order's places name by number: what is trained on, then what is replayed.
    """

    def __init__(
        self,
        *,
        feeds: Sequence[Feed],
        order: Order,
        encoder: Encoder,
        total: int,
        num_wordings: int = 1,
        truncation: Truncation | None = None,
    ) -> None:
        self.feeds = tuple(feeds)
        self.order = order
        self.encoder = encoder
        self.total = total
        self.num_wordings = num_wordings
        self.truncation = truncation

    def __len__(self) -> int:
        return self.total

    def __getitem__(self, k: int) -> Encoded:
        return self.__getitems__([k])[0]

    def __getitems__(self, numbers: list[int]) -> list[Encoded]:
        """Several samples at once, tokenised together; torch's loader calls this for a batch."""
        samples = []
        for place, asked in groupby(numbers, key=lambda k: k // self.num_wordings):
            wordings = self.wordings(place)
            samples += [wordings[k % self.num_wordings] for k in asked]
        rows = self._encode(samples, numbers)
        where = [divmod(k, self.num_wordings) for k in numbers]
        return [replace(row, place=p, wording=w) for row, (p, w) in zip(rows, where, strict=True)]

    def _encode(self, samples: Sequence[Sample], numbers: Sequence[int]) -> list[Encoded]:
        if self.truncation is None:
            return self.encoder.encode_batch(samples)
        return self.truncation.encode(
            samples, encoder=self.encoder, following=lambda n, steps: self.sample((numbers[n] + steps) % self.total)
        )

    def sample(self, k: int) -> Sample:
        """Sample number k."""
        return self.wordings(k // self.num_wordings)[k % self.num_wordings]

    def wordings(self, place: int) -> Sequence[Sample]:
        """The samples of one place of the order, which differ in their wording alone."""
        epoch, task, index, build = self.order[place]
        feed = self.feeds[build]
        return feed.make_samples(feed.examples.get(task, index), epoch)

    def counts(self) -> tuple[Counter[str], Counter[str]]:
        """How many samples of each task the run has, and how many of each are replayed ones."""
        every: Counter[tuple[str, bool]] = Counter()
        for k in range(self.total):
            place = self.order[k // self.num_wordings]
            every[place.task, place.build > 0] += 1
        new = Counter({task: count for (task, replayed), count in sorted(every.items()) if not replayed})
        return new, Counter({task: count for (task, replayed), count in sorted(every.items()) if replayed})
