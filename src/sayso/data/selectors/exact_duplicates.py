"""Exact duplicates: rows that say the same about the same pictures, but for case, white space and Unicode forms.

Compared are the texts of all turns, or only what is asked or what is answered; and the media, by path or bytes. The words of a task's template do not
count unless `wording` is set, since a build draws a wording for each row: rows of one task with equal fields and answers are one example. Nothing
is compared with anything: 16 bytes a row are sorted.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sayso.data.scorers._said import Side, media_mark, turns
from sayso.data.selectors._protocol import Budget, Picked, Pool, selectors
from sayso.data.selectors._repeats import first_of_equals, repeats_of, standing, told
from sayso.instructions.synthesize.rules._text import fold, mark

__all__ = ["ExactDuplicatesSelector"]

STEP = 4096


@selectors.register("exact_duplicates")
@dataclass(frozen=True, kw_only=True)
class ExactDuplicatesSelector:
    """Keeps one of each."""

    side: Side = "both"
    """What is compared: `both`, `instruction` or `response`."""
    wording: bool = False
    """Whether the words of templates count; then tasks are not told apart."""
    same_media: bool = True
    """Whether rows about different media are different."""
    best: str | None = None
    """The column whose best row stays; the first where None."""

    def select(self, pool: Pool, *, budget: Budget) -> Picked:
        """All rows but repeated ones."""
        order = standing(pool, best=self.best)
        marks = self._marks(pool)
        repeats = repeats_of(pool, first_of_equals(marks, order))
        return told(pool, repeats, order=order, budget=budget, by=self.best or "order", how="the same text")

    def _marks(self, pool: Pool) -> npt.NDArray[np.uint64]:
        """Two numbers of 64 bits a row, (N, 2)."""
        pool.scoring.progress.start("exact duplicates", total=len(pool))
        marks = bytearray()
        for number, sample in enumerate(pool.samples, start=1):
            texts = map(fold, turns(sample, side=self.side, wording=self.wording))
            media = media_mark(sample if self.same_media else None, also="" if self.wording else sample.task)
            marks += mark(*texts, f"{media:x}")
            if number % STEP == 0:
                pool.scoring.progress.advance(STEP)
        return np.frombuffer(marks, dtype=np.uint64).reshape(-1, 2)
