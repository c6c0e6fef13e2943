"""Pictures are needed: what can be learned from text and options alone is no better than chance.

A task fails where the probe is surely more than MARGIN above chance: at the low end of its interval, widened for the number
of tasks that are judged at once. What lies above MARGIN and may be luck is a note, with its interval.
"""

from collections.abc import Iterator, Mapping
from statistics import NormalDist

from msgspec.structs import replace

from sayso.evaluate.blindness import Blindness, probe
from sayso.evaluate.proof._protocol import Finding, Proof, Seen, Subject, proofs
from sayso.evaluate.proof._tally import many, media_key
from sayso.records import Example, Media
from sayso.seeds import Stream

__all__ = ["Blind", "judge"]

ENOUGH = 500
MARGIN = 0.05
ALPHA = 0.05
Z95 = 1.96
KEPT = 1500


@proofs.register("blind")
class Blind(Proof):
    """A uniform sample of KEPT examples a task, without the bytes of their pictures, is kept for the probe."""

    summary = f"a probe that sees no picture stays within {MARGIN} of chance ({ENOUGH} examples or more)"

    def __init__(self) -> None:
        self._seed = 0
        self._kept: dict[str, list[Example]] = {}
        self._rows: dict[str, int] = {}
        self._streams: dict[str, Stream] = {}
        self._measured: dict[str, Blindness | None] = {}
        self._blind_by_right: set[str] = set()

    def start(self, subject: Subject) -> None:
        """Its seed draws the sample and the folds."""
        self._seed = subject.seed

    def see(self, seen: Seen) -> None:
        """Keep it, or not (reservoir)."""
        name, example = seen.subject.task.name, seen.example
        if example.messages:
            return
        if not example.media:
            self._blind_by_right.add(name)
        number = self._rows[name] = self._rows.get(name, 0) + 1
        kept = self._kept.setdefault(name, [])
        if number <= KEPT:
            kept.append(_slim(seen))
        else:
            stream = self._streams.setdefault(name, Stream(self._seed, "blind check", name))
            if (place := stream.below(number)) < KEPT:
                kept[place] = _slim(seen)

    def blindness(self, task: str) -> Blindness | None:
        """Of the kept examples; measured once."""
        if task not in self._measured:
            self._measured[task] = probe(self._kept.get(task, ()), seed=self._seed)
        return self._measured[task]

    def findings(self) -> Iterator[Finding]:
        """Tasks with options that can be told blind: an error or warning where that is sure, else a note. Tasks of text alone may be."""
        measured = {name: self.blindness(name) for name in self._kept if name not in self._blind_by_right}
        yield from judge({name: found for name, found in measured.items() if found})


def judge(measured: Mapping[str, Blindness]) -> Iterator[Finding]:
    """What to say of tasks that were measured together; open answers (`chance` None) have another check, `balance`."""
    closed = {name: found for name, found in measured.items() if found.chance is not None}
    judged = len(closed)
    for name, found in closed.items():
        chance = found.chance or 0.0
        if _surely_above(found, limit=chance + MARGIN, judged=judged):
            yield Finding(
                check="blind",
                level="error" if found.n >= ENOUGH else "warning",
                task=name,
                count=found.n,
                text=f"{_said(found)}: the picture is not needed for that",
                remedy="draw wrong options that look like right ones, and as many rows of each answer to a question",
            )
        elif found.accuracy > chance + MARGIN and found.low > chance:
            text = f"{_said(found)}; {_unsure(found, judged=judged)}"
            yield Finding(check="blind", level="note", task=name, text=text, count=found.n)


def _surely_above(found: Blindness, *, limit: float, judged: int) -> bool:
    """Whether the accuracy is above `limit` also at the low end of an interval that holds for all judged tasks at once.

    Of 62 tasks one or two lie above the 97.5 % limit by chance alone, so the one-sided 5 % are shared among them (Bonferroni).
    """
    error = max(found.accuracy - found.low, found.high - found.accuracy) / Z95
    return found.accuracy - NormalDist().inv_cdf(1 - ALPHA / max(1, judged)) * error > limit


def _unsure(found: Blindness, *, judged: int) -> str:
    if found.n < ENOUGH:
        return f"{found.n} examples are too few to judge ({ENOUGH} would do)"
    return f"that may be chance, with {many(judged, 'task')} judged: more examples would tell"


def _said(found: Blindness) -> str:
    return (
        f"a probe of text and options alone is right in {found.accuracy:.1%} "
        f"[{found.low:.1%}, {found.high:.1%}] of {found.n:,} examples, chance is {found.chance or 0:.1%}"
    )


def _slim(seen: Seen) -> Example:
    """Without pictures, whose bytes must not be kept: one of the group's name says what belongs on one side of a fold."""
    names = [seen.group] if seen.group else media_key(seen.example)[:1]
    return replace(seen.example, media=tuple(Media(path=name, width=1, height=1) for name in names))
