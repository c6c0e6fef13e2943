"""Keys and values of prefixes that were read once, and what tokens read from them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch

from sayso.models.prefixes.attention import attend

__all__ = ["Prefixes"]


@dataclass
class Prefixes:
    """Prefixes of one length: keys and values of each layer, (prefixes, heads, tokens, d), and how many rows stand behind each."""

    keys: list[torch.Tensor]
    values: list[torch.Tensor]
    counts: list[int]
    starts: list[int]
    """The position after each prefix."""

    def without_empty(self) -> "Prefixes":
        """Those behind which rows stand."""
        left = [number for number, count in enumerate(self.counts) if count]
        if len(left) == len(self.counts):
            return self
        return Prefixes(
            keys=[keys[left] for keys in self.keys],
            values=[values[left] for values in self.values],
            counts=[self.counts[number] for number in left],
            starts=[self.starts[number] for number in left],
        )

    def read_by(
        self, query: torch.Tensor, *, layer: int, marks: Sequence[int], scale: float
    ) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """What the tokens of `query` (1, heads, tokens, d) between its two `marks` read from each prefix, as `attend` gives it; in one go where all have as many."""
        keys, values = self.keys[layer], self.values[layer]
        sizes = {b - a for a, b in pairwise(marks)}
        if len(sizes) == 1 and len(self.counts) > 1:
            some = query[0, :, marks[0] : marks[-1]].unflatten(1, (len(self.counts), sizes.pop())).transpose(0, 1)  # type: ignore[no-untyped-call]
            out, lse = attend(some, keys, values, scale=scale)
            yield out.transpose(0, 1).flatten(1, 2)[None], lse.transpose(0, 1).flatten(1, 2)[None]
            return
        for number, (a, b) in enumerate(pairwise(marks)):
            which = slice(number, number + 1)
            yield attend(query[:, :, a:b], keys[which], values[which], scale=scale)
