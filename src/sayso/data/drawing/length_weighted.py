"""Short and long wordings are drawn equally often: a wording weighs less, the more there are of its length.

Lengths are words outside slots, in bands that double (0, 1, 2 and 3, 4 to 7, 8 to 15 ...), since one word more changes a wording of
three and not one of thirty. With `evenness` 1 every band that a task has gets the same share of the draws, uniform inside; with 0 the
drawing is uniform; a wording's weight is the size of its band to the power of -evenness. Paraphrasers keep near the length of their
parent, so that without this a pool is mostly of one length, and a single long wording may get much of the mass: lower evenness
then.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from sayso.data.drawing._protocol import drawings
from sayso.instructions.filters.wording import words_outside_slots
from sayso.records import Template

__all__ = ["LengthWeightedDrawing"]


@drawings.register("length_weighted")
@dataclass(frozen=True, kw_only=True)
class LengthWeightedDrawing:
    """`evenness` from 0 (uniform) to 1 (every band of lengths equally often)."""

    evenness: Annotated[float, Field(ge=0, le=1)] = 1.0

    def weigh(self, templates: Sequence[Template]) -> Sequence[float]:
        """The inverse size of each wording's band, to the power of the evenness."""
        bands = [words_outside_slots(template.text).bit_length() for template in templates]
        sizes = Counter(bands)
        return [sizes[band] ** -self.evenness for band in bands]
