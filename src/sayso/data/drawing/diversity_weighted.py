"""Wordings far from all others are drawn more often; near copies share the mass of one.

A wording weighs one over the sum of its likeness to every wording of its task, itself included: k copies get 1/k each and one that
is like nothing else gets 1 (weights of sequences in alignments are made so, and the inverse of a species' ordinariness: Leinster
and Cobbold 2012). Likeness is the share of common words, counted with repetition, to the power of `sharpness`, so that
words which any two wordings of a task have in common add up to little.

All pairs at once by a product of matrices: 1,000 wordings take a fraction of a second and are weighed once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field

from sayso.data.drawing._protocol import drawings
from sayso.instructions.filters.wording import words
from sayso.records import Template

__all__ = ["DiversityWeightedDrawing", "overlaps"]


@drawings.register("diversity_weighted")
@dataclass(frozen=True, kw_only=True)
class DiversityWeightedDrawing:
    """`sharpness` is the power that overlaps are taken to; the larger, the nearer a copy must be to count as one."""

    sharpness: Annotated[float, Field(gt=0)] = 4.0

    def weigh(self, templates: Sequence[Template]) -> Sequence[float]:
        """One over the summed likeness of each wording to all."""
        likeness = overlaps([template.text for template in templates]) ** self.sharpness
        return [float(weight) for weight in 1.0 / likeness.sum(axis=1)]


def overlaps(texts: Sequence[str]) -> npt.NDArray[np.float64]:
    """The share of words, with repetition, that each two of N texts have in common, (N, N) in [0, 1]; 1 on the diagonal."""
    found = [set(_numbered(words(text))) for text in texts]
    column = {word: place for place, word in enumerate(sorted(set().union(*found)))}
    present_NV = np.zeros((len(found), max(1, len(column))))
    for row, own in enumerate(found):
        present_NV[row, [column[word] for word in own]] = 1.0
    shared_NN = present_NV @ present_NV.T
    sizes_N = present_NV.sum(axis=1)
    union_NN = sizes_N[:, None] + sizes_N[None, :] - shared_NN
    return np.asarray(np.divide(shared_NN, union_NN, out=np.ones_like(shared_NN), where=union_NN > 0))


def _numbered(found: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Each word with how often it came before, so that sets of these are bags of words."""
    seen: dict[str, int] = {}
    for word in found:
        seen[word] = seen.get(word, 0) + 1
        yield word, seen[word]
