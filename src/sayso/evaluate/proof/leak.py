"""The answer does not stand in the prompt outside the options.

What fills the slots is searched for whole words of the answer, or the numbers of its box. Words meet by chance too, so the
rule differs by what an answer is:

- an answer of three words or more, or a box, in the text is a leak, unless other answers of the task stand there as often;
- a shorter one counts where it does so clearly more often than another row's answer would;
- with options, rows that name some of them and not all are compared with chance: the right one must not be named more.

Texts that are there to be read - slots called passage, evidence, document or article, and tasks of text alone that bring their own
definition - hold their answers rightly and give a note. Histories and contexts of steps do not: in MultiInstruct's release
`wikihow_next_step` lists the next step among those done.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from sayso.evaluate.proof._protocol import Finding, Level, Proof, Seen, proofs
from sayso.evaluate.proof._tally import plain
from sayso.instructions.render import options_of
from sayso.records import Sample, TextPart

__all__ = ["Leak", "READ"]

READ = frozenset({"passage", "evidence", "document", "article"})
"""Slots whose text is there to be read for the answer."""
TEXT_SOURCES = frozenset({"natural_instructions"})
LONG = 3
FEW = 30
NUM_IDS = 5


@dataclass
class _Count:
    """Of one kind of answer in one task: how many rows, in how many the answer stands, and in how many it would by chance."""

    rows: int = 0
    hits: int = 0
    expected: float = 0.0
    variance: float = 0.0
    ids: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)

    def add(self, *, hit: bool, chance: float, id: str, answer: str) -> None:
        """One row."""
        self.rows += 1
        self.hits += hit
        self.expected += chance
        self.variance += chance * (1 - chance)
        if hit and len(self.ids) < NUM_IDS:
            self.ids.append(id)
            self.answers.append(answer.strip())

    @property
    def excess(self) -> float:
        """Share of rows in which the answer stands beyond chance."""
        return (self.hits - self.expected) / max(1, self.rows)

    @property
    def clear(self) -> bool:
        """Whether that is more than three standard errors."""
        spread = math.sqrt(max(self.variance, self.expected))
        return self.hits - self.expected > 3 * max(spread, 0.5 if self.rows >= FEW else 0.0) and self.hits > 0


@proofs.register("leak")
class Leak(Proof):
    """Searches every rendered prompt."""

    summary = "no answer stands in the prompt outside the options"

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], _Count] = {}
        self._other: dict[str, str] = {}
        self._read: dict[str, _Count] = {}

    def see(self, seen: Seen) -> None:
        """One row: its own answer, and the answer of an earlier row for comparison."""
        if seen.example.messages or not seen.prompts:
            return
        text = " ".join({plain(_filled(sample)): None for sample in seen.prompts})
        answers = [plain(answer) for answer in seen.prompts[0].references]
        answers = [answer for answer in answers if answer.strip()]
        if not answers:
            return
        if options_of(seen.example) is None:
            self._open(seen, answers, text=text)
        else:
            self._closed(seen, answers, text=text)

    def _open(self, seen: Seen, answers: list[str], *, text: str) -> None:
        name, answer = seen.subject.task.name, answers[0]
        read = _is_read(seen)
        if read is not None:
            read = plain(read) if read else text
            self._read.setdefault(name, _Count()).add(hit=answer in read, chance=0.0, id=seen.example.id, answer=answer)
            text = text.replace(read.strip(), " ") if read.strip() else text
        kind = "long" if len(answer.split()) >= LONG else "short"
        other = self._other.get(f"{name} {kind}", "")
        by_chance = float(bool(other) and other != answer and other in text)
        self._counts.setdefault((name, kind), _Count()).add(
            hit=answer in text, chance=by_chance, id=seen.example.id, answer=answer
        )
        self._other[f"{name} {kind}"] = answer

    def _closed(self, seen: Seen, answers: list[str], *, text: str) -> None:
        named = [plain(option) in text for option in seen.prompts[0].options]
        told = any(named) and not all(named)
        self._counts.setdefault((seen.subject.task.name, "option"), _Count()).add(
            hit=told and any(answer in text for answer in answers),
            chance=sum(named) / len(named) if told else 0.0,
            id=seen.example.id,
            answer=answers[0],
        )

    def findings(self) -> Iterator[Finding]:
        """One per task and kind of answer."""
        for (name, kind), count in self._counts.items():
            if level := _level(kind, count):
                yield _finding(name, kind, count, level=level)
        for name, count in self._read.items():
            if count.hits:
                yield Finding(
                    check="leak",
                    level="note",
                    task=name,
                    count=count.hits,
                    examples=tuple(count.ids),
                    text=f"{count.hits:,} of {count.rows:,} answers stand in a text that is there to be read",
                )


def _level(kind: str, count: _Count) -> Level | None:
    if not count.hits:
        return None
    if kind == "long":
        return "error" if count.clear or (count.rows < FEW and count.hits > count.expected) else "note"
    if not count.clear or count.rows < FEW:
        return None
    return "error" if count.excess > 0.05 else "warning" if count.excess > 0.01 else None


_SAID = {
    "long": "the whole answer stands in the prompt",
    "short": "the answer stands in the prompt, which another row's answer does in {expected:.0f}",
    "option": "the right option is named in the prompt while others are not; by chance it would be in {expected:.0f}",
}


def _finding(name: str, kind: str, count: _Count, *, level: Level) -> Finding:
    said = _SAID[kind].format(expected=count.expected)
    return Finding(
        check="leak",
        level=level,
        task=name,
        count=count.hits,
        examples=tuple(count.ids),
        text=f"in {count.hits:,} of {count.rows:,} examples {said} (for example {count.answers[0]!r})",
        remedy="take the answer out of the fields, for example build a history of the steps before the one asked for",
    )


def _filled(sample: Sample) -> str:
    """What filled the slots, in order."""
    return " \n ".join(
        part.text[span.start : span.end]
        for message in sample.messages
        for part in message.parts
        if isinstance(part, TextPart)
        for span in part.spans
        if span.role == "instr"
    )


def _is_read(seen: Seen) -> str | None:
    """The text that is there to be read; empty for all of it, None where there is none."""
    if not seen.example.media and seen.subject.brought and seen.example.source in TEXT_SOURCES:
        return ""
    texts = [value for name, value in seen.example.fields.items() if name in READ and isinstance(value, str)]
    return " ".join(texts) if texts else None
