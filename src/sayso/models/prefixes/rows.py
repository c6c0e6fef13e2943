"""Rows of tokens that are read in one call, each a chain or a tree behind what its row has already, and what each token sees of its own row."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Row", "seen_by"]


@dataclass(frozen=True, kw_only=True)
class Row:
    """Tokens to read; `parents[i]` is the place of the token before token i in this row, -1 for the one that goes on where the row ended.

    Without `parents` each follows the one before.
    """

    tokens: Sequence[int]
    parents: Sequence[int] | None = None


def seen_by(rows: Sequence[Row], lengths: Sequence[int]) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """(rows, longest, slots): what each token sees of its row; and (tokens,): how many of the row's new tokens stand before it."""
    longest = max(len(row.tokens) for row in rows)
    width = max(n + len(row.tokens) for n, row in zip(lengths, rows, strict=True))
    slots, steps = np.arange(width), np.arange(longest)
    held = np.asarray(lengths)[:, None, None]
    seen = slots[None, None] <= held + steps[None, :, None]
    depths = []
    for number, row in enumerate(rows):
        if row.parents is None:
            depths.append(steps[: len(row.tokens)])
        else:
            depths.append(_grow(seen[number], row.parents, held=lengths[number]))
    return seen, np.concatenate(depths)


def _grow(seen: NDArray[np.bool_], parents: Sequence[int], *, held: int) -> NDArray[np.int64]:
    """A tree's tokens see what their parent sees and themselves."""
    depths = np.zeros(len(parents), dtype=np.int64)
    for place, parent in enumerate(parents):
        seen[place, held:] = seen[parent, held:] if parent >= 0 else False
        seen[place, held + place] = True
        depths[place] = depths[parent] + 1 if parent >= 0 else 0
    return depths
