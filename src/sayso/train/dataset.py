"""The examples of a build as a torch dataset over the places of a run, drawn, rendered and encoded when they are asked for."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from torch.utils.data import Dataset

from sayso.models.encode import Encoded, Encoder
from sayso.records import Example, Sample
from sayso.train.order import Order
from sayso.train.truncation import Truncation

__all__ = ["Feed", "RunDataset"]


class Examples(Protocol):
    """Where examples are read from, such as `sayso.data.store.ExampleStore`."""

    def get(self, task: str, index: int) -> Example:
        """Example number `index` of a task."""
        ...


MakeSample = Callable[[Example, int], Sample]
"""(example, epoch) -> sample: wording, option order and reference are drawn in here."""


@dataclass(frozen=True, kw_only=True)
class Feed:
    """One build: where its examples are read and how they become samples."""

    examples: Examples
    make_sample: MakeSample


class RunDataset(Dataset[Encoded]):
    """`dataset[k]` is the encoded sample at place k of the run, the same whenever it is asked for.

    `feeds` are the builds that the order's places name by number: what is trained on, then what is replayed.
    """

    def __init__(
        self, *, feeds: Sequence[Feed], order: Order, encoder: Encoder, total: int, truncation: Truncation | None = None
    ) -> None:
        self.feeds = tuple(feeds)
        self.order = order
        self.encoder = encoder
        self.total = total
        self.truncation = truncation

    def __len__(self) -> int:
        return self.total

    def __getitem__(self, k: int) -> Encoded:
        return self.__getitems__([k])[0]

    def __getitems__(self, places: list[int]) -> list[Encoded]:
        """Several places at once, tokenised together; torch's loader calls this for a batch."""
        samples = [self.sample(k) for k in places]
        if self.truncation is None:
            return self.encoder.encode_batch(samples)
        return self.truncation.encode(
            samples, encoder=self.encoder, following=lambda n, steps: self.sample((places[n] + steps) % self.total)
        )

    def sample(self, k: int) -> Sample:
        """The sample at place k."""
        epoch, task, index, build = self.order[k]
        feed = self.feeds[build]
        return feed.make_sample(feed.examples.get(task, index), epoch)

    def counts(self) -> tuple[Counter[str], Counter[str]]:
        """How many samples of each task the run has, and how many of each are replayed ones."""
        every: Counter[tuple[str, bool]] = Counter()
        for k in range(self.total):
            place = self.order[k]
            every[place.task, place.build > 0] += 1
        new = Counter({task: count for (task, replayed), count in sorted(every.items()) if not replayed})
        return new, Counter({task: count for (task, replayed), count in sorted(every.items()) if replayed})
