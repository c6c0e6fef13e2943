"""Image duplicates: rows about pictures that look the same, in another size or quality or under another name (`sayso.data.likeness`).

As many questions may be asked about one picture, a row goes only if its text is that of the other row too; with `same_text: false` one row stays for each picture. Where a row
shows several pictures all must look the same, in order. Drawn references (`shapes:...`) are many and alike by nature: they are compared by reference, as what cannot be decoded is.
Rows without pictures stay.
"""

from dataclasses import dataclass, field

import numpy as np

from sayso.data.likeness import Index, fingerprint
from sayso.data.scorers._said import Side, turns
from sayso.data.selectors._protocol import Budget, Picked, Pool, selectors
from sayso.data.selectors._repeats import first_of_equals, repeats_of, standing, told
from sayso.instructions.synthesize.rules._text import fold, mark
from sayso.records import Media, Sample

__all__ = ["ImageDuplicatesSelector"]


@selectors.register("image_duplicates")
@dataclass(frozen=True, kw_only=True)
class ImageDuplicatesSelector:
    """Keeps one of the rows whose pictures look the same."""

    same_text: bool = True
    """Whether texts must be equal too, but for case and white space."""
    side: Side = "both"
    """Which text: `both`, `instruction` or `response`."""
    wording: bool = False
    """Whether the words of templates count; then tasks are not told apart."""
    best: str | None = None
    """The column whose best row stays; the first where None."""

    def select(self, pool: Pool, *, budget: Budget) -> Picked:
        """All rows but those that show again what another shows."""
        order = standing(pool, best=self.best)
        looks = _Looks()
        marks = bytearray()
        pool.scoring.progress.start("image duplicates", total=len(pool))
        for row, sample in enumerate(pool.samples):
            marks += self._mark(sample, looks) if sample.media else mark("row", str(row))
            pool.scoring.progress.advance()
        if looks.full:
            pool.scoring.progress.note(
                "image_duplicates: so many pictures look alike (flat ones?) that not every pair was compared"
            )
        repeats = repeats_of(pool, first_of_equals(np.frombuffer(marks, dtype=np.uint64).reshape(-1, 2), order))
        how = "the same pictures, and the same text" if self.same_text else "the same pictures"
        return told(pool, repeats, order=order, budget=budget, by=self.best or "order", how=how)

    def _mark(self, sample: Sample, looks: "_Looks") -> bytes:
        seen = [looks.like(medium) for medium in sample.media]
        if not self.same_text:
            return mark("pictures", *seen)
        texts = map(fold, turns(sample, side=self.side, wording=self.wording))
        return mark(*texts, "" if self.wording else sample.task, *seen)


@dataclass
class _Looks:
    """For each picture the first that looks like it, by key."""

    _index: Index = field(default_factory=Index)
    _known: dict[str, str] = field(default_factory=dict)

    @property
    def full(self) -> bool:
        return self._index.full

    def like(self, medium: Media) -> str:
        key = medium.key
        if key not in self._known:
            self._known[key] = self._look(medium, key)
        return self._known[key]

    def _look(self, medium: Media, key: str) -> str:
        if medium.kind != "image" or (medium.data is None and _is_drawn(key)):
            return key
        try:
            found = fingerprint(medium)
        except (OSError, ValueError, SyntaxError):
            return key
        if (other := next(self._index.alike(found), None)) is not None:
            return other
        self._index.add(key, found)
        return key


def _is_drawn(path: str) -> bool:
    """Whether a path is a reference that a source draws; no drive is as long as two letters."""
    scheme, colon, _ = path.partition(":")
    return bool(colon) and len(scheme) > 1 and "/" not in scheme
