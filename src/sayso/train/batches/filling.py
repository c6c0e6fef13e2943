"""What the last pieces of a run are filled up with, where several processes share it.

All processes take equally many pieces of equally many samples, since each waits for the others after every step. Where the samples
of a run do not go round, its last one fills the gap, as often as it takes: a real sample that the model reads, of which no token is a target, so that
the loss is the one of a single process. Nothing from behind the end of the run is read or counted.
"""

from dataclasses import replace

import numpy as np
from torch.utils.data import Dataset

from sayso.models.encode import Encoded
from sayso.train.samples.dataset import Samples

__all__ = ["Filled"]


class Filled(Dataset[Encoded]):
    """The samples of a run, and its last one, silent, at the places after its end."""

    def __init__(self, samples: Samples) -> None:
        self._samples = samples

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, k: int) -> Encoded:
        return self.__getitems__([k])[0]

    def __getitems__(self, places: list[int]) -> list[Encoded]:
        last = len(self._samples) - 1
        rows = self._samples.__getitems__([min(k, last) for k in places])
        return [row if k <= last else _silent(row, k) for k, row in zip(places, rows, strict=True)]


def _silent(row: Encoded, k: int) -> Encoded:
    roles = np.zeros_like(row.roles)  # the role `pad`, which no objective weighs
    return replace(row, roles=roles, place=-1 - k)  # no wording of an example that is learned
