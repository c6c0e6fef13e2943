"""Batches of samples that are alike, in length or in whether they have media: a run's numbers in another order, computed as they are asked for.

The run is cut into windows of 64 batches. In a window the samples are measured (rendered and tokenised, their pictures never opened), sorted
and cut into pieces, and pieces are put together to batches in an order drawn from the seed (after LLaVA's grouping by modality and length, Liu et al. 2023, and
transformers' mega-batches). A window is a function of the seed, its number and its samples, so that a run goes on anywhere
after measuring one window. Every window holds the samples that it held before, so each comes as often as it did; with a replay its
share is exact for whole windows, and no longer for any n samples in a row.

- `length`: pieces of samples of about one length, batches of pieces drawn at random;
- `modality`: every batch with media alone or text alone, samples at random; what is left of either at the end of a window shares a batch;
- `modality_length`: both.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Literal, NamedTuple, TypeAlias, TypeVar

from torch.utils.data import Dataset

from sayso.models.encode import Encoded, Encoder
from sayso.records import Sample, TextPart
from sayso.seeds import Stream
from sayso.train.samples.dataset import Samples

__all__ = ["GroupBy", "Grouped", "Grouping", "measure_samples", "Size", "WINDOW_BATCHES"]

WINDOW_BATCHES = 64
"""Batches of one window."""
TOKENS_UNTOLD = 256
T = TypeVar("T")
GroupBy: TypeAlias = Literal["length", "modality", "modality_length"]


class Size(NamedTuple):
    """What samples are grouped by: whether one has media, and about how many tokens."""

    media: bool
    tokens: int


Measure: TypeAlias = Callable[[Sequence[int]], Sequence[Size]]
"""Numbers of samples -> their sizes."""


class Grouping:
    """`grouping[k]` is the number of the sample that comes at place k of a run of `total`; each comes once.

    `piece` is the number of samples that are padded together, `batch` those of one step over all pieces and processes. `together` samples in a
    row stay side by side, such as the wordings of one example; both numbers are multiples of it.
    """

    def __init__(
        self, by: GroupBy, *, total: int, sizes: tuple[int, int], measure: Measure, seed: int, together: int = 1
    ) -> None:
        self.by: GroupBy = by
        self.total = total
        self._piece, self._batch = sizes
        self._measure = measure
        self._seed = seed
        self._together = together
        self._window = lru_cache(maxsize=2)(self._arrange)

    def __len__(self) -> int:
        return self.total

    def __getitem__(self, k: int) -> int:
        if not 0 <= k < self.total:
            raise IndexError(f"place {k} of a run of {self.total}")
        window, offset = divmod(k, WINDOW_BATCHES * self._batch)
        return self._window(window)[offset]

    def _arrange(self, window: int) -> list[int]:
        """The numbers of a window in their new order."""
        start = window * WINDOW_BATCHES * self._batch
        numbers = range(start, min(self.total, start + WINDOW_BATCHES * self._batch))
        chance = Stream(self._seed, "grouping", window)
        units = self._units(numbers)
        chance.shuffle(units)
        batches, rest = self._batches(units, chance)
        chance.shuffle(batches)
        return [number for batch in [*batches, rest] for unit in batch for number in unit.numbers]

    def _units(self, numbers: Sequence[int]) -> list["_Unit"]:
        sizes = self._measure(numbers)
        places = range(0, len(numbers), self._together)
        return [_Unit(tuple(numbers[p : p + self._together]), _largest(sizes[p : p + self._together])) for p in places]

    def _batches(self, units: list["_Unit"], chance: Stream) -> tuple[list[list["_Unit"]], list["_Unit"]]:
        """Whole batches, and the last one if it is not whole; units come shuffled."""
        piece, batch = self._piece // self._together, self._batch // self._together
        batches: list[list[_Unit]] = []
        left: list[_Unit] = []
        for kind in self._kinds(units):
            pieces, rest = _cut(self._sorted(kind), piece)
            chance.shuffle(pieces)
            whole, pieces_left = _cut(pieces, batch // piece)
            batches += [[unit for one in some for unit in one] for some in whole]
            left += [*(unit for one in pieces_left for unit in one), *rest]
        more, last = _cut(left, batch)
        return batches + more, last

    def _kinds(self, units: list["_Unit"]) -> list[list["_Unit"]]:
        if self.by == "length":
            return [units]
        return [[unit for unit in units if unit.size.media == media] for media in (False, True)]

    def _sorted(self, units: list["_Unit"]) -> list["_Unit"]:
        return units if self.by == "modality" else sorted(units, key=lambda unit: unit.size.tokens)


class Grouped(Dataset[Encoded]):
    """The samples of a run in the order of a grouping; what is behind its end stays where it is."""

    def __init__(self, samples: Samples, *, grouping: Grouping) -> None:
        self._samples = samples
        self._grouping = grouping

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, k: int) -> Encoded:
        return self.__getitems__([k])[0]

    def __getitems__(self, places: list[int]) -> list[Encoded]:
        """Several places at once."""
        numbers = [self._grouping[k] if k < len(self._grouping) else k for k in places]
        return list(self._samples.__getitems__(numbers))


class _Unit(NamedTuple):
    numbers: tuple[int, ...]
    size: Size


def _largest(sizes: Sequence[Size]) -> Size:
    return Size(any(size.media for size in sizes), max(size.tokens for size in sizes))


def _cut(items: Sequence[T], size: int) -> tuple[list[list[T]], list[T]]:
    """Runs of `size` items, and what is left."""
    end = len(items) - len(items) % size
    return [list(items[start : start + size]) for start in range(0, end, size)], list(items[end:])


def measure_samples(encoder: Encoder, samples: Sequence[Sample]) -> list[Size]:
    """Tokens of the texts, and for media what the processor says of pictures of their size; pictures are not opened."""
    texts = ["".join(p.text for m in sample.messages for p in m.parts if isinstance(p, TextPart)) for sample in samples]
    lengths = [len(ids) for ids in encoder.tokenizer(texts, add_special_tokens=False)["input_ids"]]
    media = [_media_tokens(encoder.processor, sample) for sample in samples]
    return [
        Size(bool(sample.media), length + more) for sample, length, more in zip(samples, lengths, media, strict=True)
    ]


def _media_tokens(processor: Any, sample: Sample) -> int:
    """What the processor makes of pictures of these sizes; where it does not say, pictures count as equally long."""
    if not sample.media:
        return 0
    tell = getattr(processor, "_get_num_multimodal_tokens", None)  # transformers has no public name for it
    try:
        told = None if tell is None else tell(image_sizes=[[one.height, one.width] for one in sample.media])
    except (AttributeError, KeyError, TypeError, ValueError):
        told = None
    return TOKENS_UNTOLD * len(sample.media) if told is None else sum(told["num_image_tokens"])
