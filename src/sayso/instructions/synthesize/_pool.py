"""The pool that a synthesizer grows: the seeds, what was kept so far, and a verdict for everything that came.

    pool = Pool("alpaca", synthesis=synthesis, given=[seed.written for seed in seeds])
    for round in pool.rounds(patience=3):
        for said in ask(model, requests):
            yield pool.take(Draft(operation="write", item=..., written=...))

Rules are told of the seeds first, then of all that is kept, in order. A pool ends when it is full or when so many rounds in a row added nothing. What comes
when it is full is told too ("enough"), since it was paid for. All depends on the replies and their order alone, so a run that was killed ends as one that was not.

A method that pays again before an instruction has its answer judges the instruction `early`, by the rules about instructions, and the whole in the end by all
others.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeVar

import msgspec

from sayso.instructions.synthesize._asking import Said
from sayso.instructions.synthesize._items import written_of
from sayso.instructions.synthesize._protocol import Made, Synthesis
from sayso.instructions.synthesize.rules import Rule, Written, announce, judge, remember
from sayso.instructions.synthesize.rules._text import fold
from sayso.records import AnnotatedItem, TaskCard, Verdict

__all__ = ["Draft", "OF_INSTRUCTIONS", "Pool"]

T = TypeVar("T")
OF_INSTRUCTIONS = frozenset(
    {"length", "blacklist", "starts_with", "punctuation_first", "ascii_first", "same_as_parent", "novelty"}
)
"""Rules that need no answer."""
_OF_BOTH = frozenset({"length", "leaked_markers"})
"""Rules that read the answer as well, where there is one."""
_MAX_RECORDED = 4000


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What came, before anybody decided about it.

    `written` is what the rules judge, by default what the item asks and answers; with neither, they have nothing to say. `problem` refuses it whatever they say.
    """

    operation: str
    item: AnnotatedItem | None = None
    card: TaskCard | None = None
    written: Written | None = None
    problem: str = ""
    parents: tuple[str, ...] = ()
    reply: str = ""
    model: str = ""
    round: int = 0
    details: dict[str, Any] = field(default_factory=dict)


class Pool:
    """What was kept: `kept`, in order; `given` are the seeds. `early` are the names of rules that `judge_early` asks, and `take` does not again."""

    def __init__(
        self, method: str, *, synthesis: Synthesis, given: Sequence[Written] = (), early: frozenset[str] = frozenset()
    ) -> None:
        self.kept: list[Made] = []
        self._method = method
        self._max_items = synthesis.max_items
        self._number = 0
        self._shown: set[tuple[str, ...]] = set()
        self._early = [(name, rule) for name, rule in synthesis.rules if name in early and _needs_no_answer(rule)]
        self._late = [one for one in synthesis.rules if one not in self._early or one[0] in _OF_BOTH]
        for written in given:
            remember(written, synthesis.rules)

    @property
    def room(self) -> int:
        """How many more are wanted."""
        return self._max_items - len(self.kept)

    def rounds(self, *, patience: int, most: int | None = None) -> Iterator[int]:
        """Numbers of rounds, until the pool is full, `patience` in a row added nothing, or there were `most`."""
        idle = 0
        for number in count() if most is None else range(most):
            before = len(self.kept)
            if self.room <= 0 or idle >= patience:
                return
            yield number
            idle = 0 if len(self.kept) > before else idle + 1

    def portions(self, things: Sequence[T]) -> Iterator[Sequence[T]]:
        """Things to be paid for, as many at a time as there is room for, until the pool is full or nothing is left."""
        done = 0
        while done < len(things) and self.room > 0:
            some = things[done : done + self.room]
            done += len(some)
            yield some

    def announce(self, writtens: Sequence[Written]) -> None:
        """Tell rules that compare what belongs together (`contradiction`) of a group."""
        announce(writtens, self._late)

    def judge_early(self, written: Written) -> Verdict:
        """What the rules about instructions say; one that is kept is remembered."""
        verdict = judge(written, self._early)
        if verdict.keep:
            remember(written, self._early)
        return verdict

    def take(self, draft: Draft) -> Made:
        """Judge it, keep it where that is what every rule says and there is room, and give it its id."""
        written = draft.written or (written_of(draft.item) if draft.item else None)
        verdict = self._verdict(draft, written)
        name = f"{self._method}-{self._number}"
        self._number += 1
        made = Made(
            id=name,
            operation=draft.operation,
            verdict=verdict,
            item=msgspec.structs.replace(draft.item, id=name) if draft.item else None,
            card=draft.card,
            parents=tuple(dict.fromkeys(draft.parents)),
            reply=_recordable(draft.reply),
            model=draft.model,
            round=draft.round,
            details=draft.details,
        )
        if verdict.keep:
            self.kept.append(made)
            self._shown.add(_shown(draft, written))
            if written is not None:
                remember(written, self._late)
        return made

    def unread(self, said: Said, reason: str, *, operation: str, round: int = 0, parents: tuple[str, ...] = ()) -> Made:
        """Tell of a reply that nothing could be read from."""
        draft = Draft(
            operation=operation, problem=reason, reply=said.text, model=said.model, round=round, parents=parents
        )
        return self.take(draft)

    def _verdict(self, draft: Draft, written: Written | None) -> Verdict:
        if draft.problem:
            return Verdict(keep=False, reason=draft.problem)
        verdict = judge(written, self._late) if written is not None else Verdict(keep=True, reason="accepted")
        if verdict.keep and written is not None and not (written.instruction.strip() and written.output.strip()):
            return Verdict(
                keep=False, reason=f"unusable (no {'answer' if written.instruction.strip() else 'instruction'})"
            )
        if verdict.keep and draft.item is not None and draft.item.media and _shown(draft, written) in self._shown:
            return Verdict(keep=False, reason="repeats (the same was kept of the same pictures)")
        if verdict.keep and self.room <= 0:
            return Verdict(keep=False, reason=f"enough ({self._max_items} were asked for)")
        return verdict


def _shown(draft: Draft, written: Written | None) -> tuple[str, ...]:
    """What is shown, asked and answered; rules see texts alone, and one question about two pictures is two."""
    told = (written.instruction, written.input, written.output) if written else ()
    return (*(one.key for one in draft.item.media), *map(fold, told)) if draft.item else ()


def _needs_no_answer(rule: Rule) -> bool:
    """Whether this rule, set up as it is, can judge an instruction alone."""
    return not getattr(rule, "min_output_words", 0)


def _recordable(text: str) -> str:
    """As much of a reply as helps somebody."""
    return text if len(text) <= _MAX_RECORDED else f"{text[:_MAX_RECORDED]} ... ({len(text):,} characters)"
