"""No label, and no place among the options, is right much more often than the others; no open answer is right all the time."""

import math
from collections import Counter
from collections.abc import Hashable, Iterator
from typing import TypeVar

from sayso.evaluate.proof._protocol import Finding, Proof, Seen, proofs
from sayso.evaluate.proof._tally import field_key
from sayso.instructions.render import options_of

__all__ = ["Balance"]

K = TypeVar("K", bound=Hashable)
ENOUGH = 100
SLACK = 0.1
TOP_SHARE = 0.15
KEPT = 5000


@proofs.register("balance")
class Balance(Proof):
    """Counts gold answers: of tasks with the same options always by label, of all by place shown, of open tasks by text.

    Of an open task the first KEPT different answers are counted by name; later ones only as rows.
    """

    summary = (
        f"labels and places of the right option are balanced (within {SLACK:g}); no open answer above {TOP_SHARE:.0%}"
    )

    def __init__(self) -> None:
        self._labels: dict[str, Counter[str]] = {}
        self._offered: dict[str, set[str]] = {}
        self._places: dict[tuple[str, int], Counter[int]] = {}
        self._texts: dict[str, Counter[str]] = {}
        self._rows: Counter[str] = Counter()

    def see(self, seen: Seen) -> None:
        """Count its answer."""
        name, example = seen.subject.task.name, seen.example
        self._rows[name] += 1
        options = options_of(example)
        if options is None:
            self._count_text(name, field_key(example.references[0]))
            return
        offered = self._offered.setdefault(name, set())
        if len(offered) < 2:
            offered.add(field_key(options))
        if len(offered) == 1:
            self._labels.setdefault(name, Counter())[field_key(example.references[0])] += 1
        for sample in seen.prompts[:1]:
            place = sample.options.index(sample.references[0]) if sample.references[0] in sample.options else 0
            self._places.setdefault((name, len(sample.options)), Counter())[place] += 1

    def _count_text(self, name: str, answer: str) -> None:
        counts = self._texts.setdefault(name, Counter())
        if answer in counts or len(counts) < KEPT:
            counts[answer] += 1

    def findings(self) -> Iterator[Finding]:
        """Labels, places, open answers."""
        yield from self._unequal_labels()
        yield from self._unequal_places()
        for name, counts in self._texts.items():
            top, share = _top(counts, total=self._rows[name])
            if self._rows[name] >= ENOUGH and share > TOP_SHARE:
                yield Finding(
                    check="balance",
                    level="warning",
                    task=name,
                    count=counts[top],
                    text=f"{share:.0%} of {self._rows[name]:,} answers are {top!r}: who always says so is right as often",
                    remedy="draw fewer rows of this answer, or report the constant answer beside every score",
                )

    def _unequal_labels(self) -> Iterator[Finding]:
        for name, counts in self._labels.items():
            total = counts.total()
            if len(self._offered[name]) > 1 or total < ENOUGH:
                continue
            num_labels = next(iter(self._offered[name])).count(" | ") + 1
            top, share = _top(counts, total=total)
            if share > 1 / num_labels + SLACK:
                yield Finding(
                    check="balance",
                    level="warning",
                    task=name,
                    count=counts[top],
                    text=f"{top!r} is right in {share:.0%} of {total:,} examples with {num_labels} labels; even would be {1 / num_labels:.0%}",
                    remedy="draw as many rows of each label",
                )
            if num_labels > len(counts):
                yield Finding(
                    check="balance",
                    level="warning",
                    task=name,
                    count=num_labels - len(counts),
                    text=f"{num_labels - len(counts)} of {num_labels} options are never right in {total:,} examples",
                    remedy="offer only what can be right, or look for labels of another task among the options",
                )

    def _unequal_places(self) -> Iterator[Finding]:
        for (name, size), counts in self._places.items():
            total = counts.total()
            place, share = _top(counts, total=total)
            limit = 1 / size + 4 * math.sqrt((1 / size) * (1 - 1 / size) / max(1, total))
            if total >= ENOUGH and share > limit:
                yield Finding(
                    check="balance",
                    level="error",
                    task=name,
                    count=counts[place],
                    text=f"the right option stands at place {place + 1} of {size} in {share:.0%} of {total:,} examples",
                    remedy="let the order of options be drawn",
                )


def _top(counts: Counter[K], *, total: int) -> tuple[K, float]:
    top = max(counts, key=lambda key: counts[key])
    return top, counts[top] / max(1, total)
