"""The examples of a build as a torch dataset over the places of a run, drawn, rendered and encoded when they are asked for."""

from collections.abc import Callable
from typing import Protocol

from torch.utils.data import Dataset

from sayso.models.encode import Encoded, Encoder
from sayso.records import Example, Sample
from sayso.train.order import RunOrder

__all__ = ["RunDataset"]


class Examples(Protocol):
    """Where examples are read from, such as `sayso.data.store.ExampleStore`."""

    def get(self, task: str, index: int) -> Example:
        """Example number `index` of a task."""
        ...


MakeSample = Callable[[Example, int], Sample]
"""(example, epoch) -> sample: wording, option order and reference are drawn in here."""


class RunDataset(Dataset[Encoded]):
    """`dataset[k]` is the encoded sample at place k of the run, the same whenever it is asked for."""

    def __init__(
        self, *, examples: Examples, order: RunOrder, make_sample: MakeSample, encoder: Encoder, total: int
    ) -> None:
        self.examples = examples
        self.order = order
        self.make_sample = make_sample
        self.encoder = encoder
        self.total = total

    def __len__(self) -> int:
        return self.total

    def __getitem__(self, k: int) -> Encoded:
        return self.__getitems__([k])[0]

    def __getitems__(self, places: list[int]) -> list[Encoded]:
        """Several places at once, tokenised together; torch's loader calls this for a batch."""
        return self.encoder.encode_batch([self.sample(k) for k in places])

    def sample(self, k: int) -> Sample:
        """The sample at place k."""
        epoch, task, index = self.order[k]
        return self.make_sample(self.examples.get(task, index), epoch)
