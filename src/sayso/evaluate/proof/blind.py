"""Pictures are needed: what can be learned from text and options alone is no better than chance."""

from collections.abc import Iterator

from msgspec.structs import replace

from sayso.evaluate.blindness import Blindness, probe
from sayso.evaluate.proof._protocol import Finding, Proof, Seen, Subject, proofs
from sayso.evaluate.proof._tally import media_key
from sayso.records import Example, Media
from sayso.seeds import Stream

__all__ = ["Blind"]

ENOUGH = 500
MARGIN = 0.05
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
        """Tasks with options that can be told blind; too few to say so is a note. Tasks of text alone may be."""
        for name in self._kept:
            found = self.blindness(name)
            if found is None or found.chance is None or name in self._blind_by_right:
                continue
            edge, said = found.accuracy - found.chance, _said(found)
            if found.n < ENOUGH and found.low > found.chance + MARGIN:
                text = f"{said}; {found.n} examples are too few to judge ({ENOUGH} would do)"
                yield Finding(check="blind", level="note", task=name, text=text, count=found.n)
            elif found.n >= ENOUGH and edge > MARGIN and found.low > found.chance:  # many rows of few pictures: noise
                yield Finding(
                    check="blind",
                    level="error",
                    task=name,
                    count=found.n,
                    text=f"{said}: the picture is not needed for that",
                    remedy="draw wrong options that look like right ones, and as many rows of each answer to a question",
                )


def _said(found: Blindness) -> str:
    return (
        f"a probe of text and options alone is right in {found.accuracy:.1%} "
        f"[{found.low:.1%}, {found.high:.1%}] of {found.n:,} examples, chance is {found.chance or 0:.1%}"
    )


def _slim(seen: Seen) -> Example:
    """Without pictures, whose bytes must not be kept: one of the group's name says what belongs on one side of a fold."""
    names = [seen.group] if seen.group else media_key(seen.example)[:1]
    return replace(seen.example, media=tuple(Media(path=name, width=1, height=1) for name in names))
