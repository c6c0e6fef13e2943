"""Near duplicates: rows whose texts share most of their runs of words, found by MinHash and then compared in full.

Two rows are alike if the Jaccard similarity of their shingles (runs of `size` words) is `threshold` or more; that is computed, not estimated, for every
row that goes. MinHash only says which rows are worth comparing (`_minhash`): it misses a pair that is 0.05 above the threshold less than once in a thousand, and one at the threshold seldom.
A row goes if it is like one that stays; so no chain of small steps takes away what is like nothing that is left.

Texts that share most of their words may still be meant to differ: a long definition with a short question each, a sentence with one word turned and the answer with it, a sum. So the words of a
task's template do not count, and rows are not alike whose answers are not as alike as the whole, that hold different numbers, that are about different media or of different
tasks. Each of these can be turned off.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field

from sayso.data.scorers._said import Side, answer, compared, media_mark
from sayso.data.selectors._minhash import Banding, buckets
from sayso.data.selectors._protocol import Budget, Ints, Picked, Pool, selectors
from sayso.data.selectors._repeats import Repeat, standing, told
from sayso.data.selectors._shingles import Flat, Sets, Unit, mixed, shingle
from sayso.records import Sample

__all__ = ["NearDuplicatesSelector"]

STEP = 4096
"""Rows whose texts are in memory at once."""
MOST_COMPARED = 64
"""Rows of one bucket that are compared with what comes later, the first that stay: thousands may share a band and yet be different."""
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


@selectors.register("near_duplicates")
@dataclass(frozen=True, kw_only=True)
class NearDuplicatesSelector:
    """Keeps one of those that are alike."""

    threshold: Annotated[float, Field(gt=0, le=1)] = 0.8
    """The Jaccard similarity from which on rows are alike."""
    unit: Unit = "words"
    size: Annotated[int, Field(ge=1, le=32)] = 2
    """A shingle is so many words (or characters)."""
    side: Side = "both"
    """What is compared: `both`, `instruction` or `response`."""
    wording: bool = False
    """Whether the words of templates count; then tasks are not told apart."""
    same_answers: bool = True
    """Whether rows are different whose answers by themselves are less alike than `threshold`."""
    same_media: bool = True
    """Whether rows about different media are different."""
    same_numbers: bool = True
    """Whether rows with different numbers are different."""
    best: str | None = None
    """The column whose best row stays; the first where None."""

    def select(self, pool: Pool, *, budget: Budget) -> Picked:
        """All rows but those that are like one that stays."""
        order = standing(pool, best=self.best)
        candidates, members = self._candidates(pool)
        texts = self._read(pool, candidates)
        repeats = _alike(texts, members, order=order, chosen=pool.chosen, threshold=self.threshold)
        return told(pool, repeats, order=order, budget=budget, by=self.best or "order", how="Jaccard {:.2f}")

    def _candidates(self, pool: Pool) -> tuple[Ints, npt.NDArray[np.int32]]:
        """Rows that share a bucket with another, (c,), and the number of the bucket in each band, -1 where a row is alone, (bands, c)."""
        banding = Banding.of(self.threshold)
        codes = np.zeros((banding.bands, len(pool)), dtype=np.uint32)
        pool.scoring.progress.start("near duplicates", total=len(pool))
        for start, samples in _chunks(pool.samples, range(len(pool))):
            some = slice(start, start + len(samples))
            texts = [self._text(one) for one in samples]
            found = banding.codes(shingle(texts, unit=self.unit, size=self.size))
            marks = [self._apart(one, text) for one, text in zip(samples, texts, strict=True)]
            around = mixed(np.array(marks, dtype=np.uint64)) >> np.uint64(33)
            codes[:, some] = np.where(found > 0, np.maximum(found ^ around.astype(np.uint32), 1), 0)
            pool.scoring.progress.advance(len(samples))
        shared = np.zeros(len(pool), dtype=bool)
        for rows, _ in buckets(codes):
            shared[rows] = True
        candidates = np.flatnonzero(shared)
        members = np.full((banding.bands, len(candidates)), -1, dtype=np.int32)
        known = 0
        for band, (rows, starts) in enumerate(buckets(codes)):
            sizes = np.diff(starts, append=len(rows))
            members[band, np.searchsorted(candidates, rows)] = known + np.repeat(np.arange(len(starts)), sizes)
            known += len(starts)
        return candidates, members

    def _read(self, pool: Pool, candidates: Ints) -> "Texts":
        """What candidates are compared by."""
        whole, answers, apart = Sets(), Sets(), []
        for _, samples in _chunks(pool.samples, candidates.tolist()):
            texts = [self._text(one) for one in samples]
            whole.add(shingle(texts, unit=self.unit, size=self.size).sets())
            if self.same_answers and self.side == "both":
                answers.add(shingle([answer(one) for one in samples], unit=self.unit, size=self.size).sets())
            apart += [self._apart(one, text) for one, text in zip(samples, texts, strict=True)]
        return Texts(rows=candidates, whole=whole.joined(), answers=answers.joined(), apart=apart)

    def _text(self, sample: Sample) -> str:
        return compared(sample, side=self.side, wording=self.wording)

    def _apart(self, sample: Sample, text: str) -> int:
        """Rows for which this differs are different, whatever their texts."""
        also = "" if self.wording else sample.task
        if self.same_numbers and (numbers := _NUMBER.findall(text)):
            also = "\x1f".join((also, *numbers))
        return media_mark(sample if self.same_media else None, also=also)


@dataclass(frozen=True, kw_only=True)
class Texts:
    """What c rows are compared by: their shingles, those of their answers (where these count), and what must be equal besides."""

    rows: Ints
    whole: Flat
    answers: Flat
    apart: Sequence[int]

    def fit(self, one: int, other: int, *, threshold: float) -> bool:
        """Whether two may be alike at all."""
        if self.apart[one] != self.apart[other]:
            return False
        return not len(self.answers) or self.answers.likeness(one, other) >= threshold


def _chunks(samples: Sequence[Sample], rows: Sequence[int]) -> Iterator[tuple[int, list[Sample]]]:
    for start in range(0, len(rows), STEP):
        yield start, [samples[row] for row in rows[start : start + STEP]]


def _alike(
    texts: Texts, members: npt.NDArray[np.int32], *, order: Ints, chosen: Ints, threshold: float
) -> dict[int, Repeat]:
    """Each candidate against those that stay and share a bucket with it, in the order in which rows stand."""
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    kept: dict[int, list[int]] = {}
    repeats: dict[int, Repeat] = {}
    stay = frozenset(chosen.tolist())
    for number in np.argsort(place[texts.rows], kind="stable").tolist():
        row, own = int(texts.rows[number]), members[:, number]
        shelves = own[own >= 0].tolist()
        others = dict.fromkeys(other for shelf in shelves for other in kept.get(shelf, ()))
        if row not in stay and (found := _nearest(texts, number, others=others, threshold=threshold)):
            repeats[row] = found
            continue
        for shelf in shelves:
            if len(shown := kept.setdefault(shelf, [])) < MOST_COMPARED:
                shown.append(number)
    return repeats


def _nearest(texts: Texts, number: int, *, others: Iterable[int], threshold: float) -> Repeat | None:
    """The most alike of the others, the first of equals, where that is enough."""
    best: Repeat | None = None
    least = threshold
    for other in others:
        much = texts.whole.likeness(number, other, least=least)
        if much >= least and (best is None or much > best.much) and texts.fit(number, other, threshold=threshold):
            best, least = Repeat(int(texts.rows[other]), much), much
    return best
