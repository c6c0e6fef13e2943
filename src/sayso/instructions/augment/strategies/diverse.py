"""`diverse`: calls go where the task's wordings still gain diversity, and a task that no longer gains is left alone.

What a call gains is counted in what is new: for each accepted wording, the share of its pairs of neighbouring words (slots as words) that no
wording of the task has had. A rewording in known phrases gains little, and a refused one nothing. The gain of the next call is foretold from
what calls of its kinds gained of late, older ones counting for less: calls of the same task, of the same move (for rules: of the same given
wording), at the same temperature, the first, second ... with this move on this wording, and on a given wording or on a survivor; each tells by
how much it is better or worse than calls are now. Batch by batch the calls that promise most are made; of temperatures each gets its share in proportion
to its gain. The survivors that were newest become wordings to rewrite as well.

It stops for a task when its last calls, at least `patience` of them, gained less than `min_gain` a call on recent average, or when it has all
the wordings that are wanted; and for all when `max_calls` are spent. No chance is involved: ties go to the first.

Ours; the problem is a bandit's with gains that wear off, so it looks at recent means in place of all-time ones.
"""

import heapq
from collections import Counter, deque
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

from msgspec.structs import replace
from pydantic import Field

from sayso.instructions.augment.growing import Growing
from sayso.instructions.augment.paraphrasers._protocol import Ask, Writer
from sayso.instructions.augment.strategies._protocol import Batches, Outcome, strategies
from sayso.instructions.augment.strategies.turns import most_of, of_given
from sayso.instructions.filters.wording import words
from sayso.records import Template

__all__ = ["Diverse", "Novelty"]

_LAST_TURN = 4
"""Asks of the same move on the same wording are told apart up to this one."""


class Novelty:
    """The pairs of neighbouring words that a task's wordings have had so far."""

    def __init__(self, templates: Sequence[Template]) -> None:
        self._known = {pair for template in templates for pair in _pairs(template.text)}

    def gain(self, text: str) -> float:
        """The share of the text's pairs that are new, in [0, 1]; from then on they are known."""
        pairs = _pairs(text)
        new = pairs - self._known
        self._known |= new
        return len(new) / len(pairs)


def _pairs(text: str) -> set[tuple[str, str]]:
    return {*pairwise(("", *words(text), ""))}


@dataclass
class _Recent:
    """A mean of gains in which older ones fade."""

    fading: float = 0.98
    total: float = 0.0
    weight: float = 0.0
    calls: int = 0

    def add(self, gain: float) -> None:
        self.total = self.fading * self.total + gain
        self.weight = self.fading * self.weight + 1
        self.calls += 1

    def mean(self, prior: float) -> float:
        """The mean with two calls more, of gain `prior`."""
        return (self.total + 2 * prior) / (self.weight + 2)


@dataclass(frozen=True)
class _Kind:
    """Calls that promise the same."""

    task: int
    move: str
    turn: int
    depth: int

    def names(self) -> tuple[Hashable, ...]:
        return (("task", self.task), ("move", self.move), ("turn", self.turn), ("depth", self.depth))


@dataclass(frozen=True)
class _Line:
    """A wording to rewrite, the given one that it descends from, and how often it was asked for."""

    parent: Template
    root: Template
    number: int = 0
    round: int = 0


@strategies.register("diverse")
@dataclass(frozen=True, kw_only=True)
class Diverse:
    """Spend up to `max_calls` where they still gain; `batch` are under way between two looks at what came.

    Of each task up to `max_survivors` accepted wordings are rewritten too, by language models only.
    """

    max_calls: Annotated[int, Field(ge=1)] | None = None
    min_gain: Annotated[float, Field(gt=0, le=1)] = 0.02
    patience: Annotated[int, Field(ge=1)] = 60
    batch: Annotated[int, Field(ge=1)] = 64
    temperatures: Annotated[tuple[Annotated[float, Field(ge=0, le=2)], ...], Field(min_length=1)] = (0.5, 0.75, 1.0)
    max_survivors: Annotated[int, Field(ge=0)] = 20
    together = True
    by_rules = True

    def batches(self, tasks: Sequence[Growing], *, writer: Writer) -> Batches:
        """The calls that promise most, batch by batch."""
        state = _State(tasks, writer=writer, how=self)
        left = self.max_calls
        while left is None or left > 0:
            chosen = list(state.best(count=min(self.batch, left or self.batch)))
            if not chosen:
                return
            outcomes = yield [ask for _, ask in chosen]
            for (kind, _), outcome in zip(chosen, outcomes, strict=True):
                state.learn(kind, outcome)
            left = None if left is None else left - sum(not outcome.exhausted for outcome in outcomes)


class _State:
    """What can be asked, and what has been learned so far."""

    def __init__(self, tasks: Sequence[Growing], *, writer: Writer, how: Diverse) -> None:
        self._tasks = tasks
        self._how = how
        self._moves = tuple(dict.fromkeys(writer.moves))
        self._novelty = [Novelty([row.template for row in task.rows]) for task in tasks]
        self._all = _Recent(fading=0.99)
        self._recent: dict[Hashable, _Recent] = {("task", place): _Recent(0.95) for place, _ in enumerate(tasks)}
        self._lines: dict[_Kind, deque[_Line]] = {}
        self._survivors = Counter[int]()
        self._most = [most_of(room=task.room, lines=of_given(task)) for task in tasks]
        for place, task in enumerate(tasks):
            for parent, root in of_given(task):
                for move in self._moves or (parent.id,):
                    self._offer(_Kind(place, move, 0, 0), _Line(parent, root))

    def _offer(self, kind: _Kind, line: _Line) -> None:
        self._lines.setdefault(kind, deque()).append(line)

    def _over(self, place: int) -> bool:
        """Whether nothing more is asked for a task."""
        recent = self._recent["task", place]
        gains = recent.calls < self._how.patience or recent.mean(0.0) >= self._how.min_gain
        return self._tasks[place].room < 1 or not gains

    def _worth(self, names: Sequence[Hashable]) -> float:
        """The gain foretold: that of all calls of late, times by how much each kind is better or worse; 1 where nothing is known."""
        usual = max(self._all.mean(1.0), 1e-9)
        worth = usual
        for name in names:
            worth *= self._recent.setdefault(name, _Recent()).mean(usual) / usual
        return worth

    def best(self, *, count: int) -> Iterator[tuple[_Kind, Ask]]:
        """`count` asks of the kinds that promise most; a kind that is chosen again in the batch is worth a fifth less each time.

        No task is asked for more than it has room for.
        """
        wanted = {place: 0 if self._over(place) else task.room for place, task in enumerate(self._tasks)}
        kinds = [kind for kind, lines in self._lines.items() if lines and wanted[kind.task]]
        heap = [(-self._worth(kind.names()), order) for order, kind in enumerate(kinds)]
        heapq.heapify(heap)
        heats = Counter[float]()
        while heap and count:
            worth, order = heapq.heappop(heap)
            kind = kinds[order]
            if wanted[kind.task] and (lines := self._lines[kind]):
                wanted[kind.task] -= 1
                count -= 1
                yield kind, self._ask(kind, lines.popleft(), heats)
                heapq.heappush(heap, (worth * 0.8, order))

    def _ask(self, kind: _Kind, line: _Line, heats: Counter[float]) -> Ask:
        base = Ask(parent=line.parent, root=line.root, number=line.number, round=line.round)
        if not self._moves:
            return replace(base, most=self._most[kind.task])
        heat = max(self._how.temperatures, key=lambda one: self._worth([("heat", one)]) / (heats[one] + 1))
        heats[heat] += 1
        return replace(base, move=kind.move, temperature=heat)

    def learn(self, kind: _Kind, outcome: Outcome) -> None:
        """Remember what a call gained, and what can be asked next."""
        if outcome.exhausted:
            return
        ask = outcome.ask
        gains = [(self._novelty[kind.task].gain(kept.text), kept) for kept in outcome.accepted]
        gain = sum(one for one, _ in gains)
        self._all.add(gain)
        for name in (*kind.names(), ("heat", ask.temperature)):
            self._recent.setdefault(name, _Recent()).add(gain)
        again = _Kind(kind.task, kind.move, min(kind.turn + 1, _LAST_TURN), kind.depth)
        self._offer(again, _Line(ask.parent, ask.root, ask.number + 1, ask.round))
        for one, kept in gains:
            if one >= self._all.mean(0.0) and kept.language == ask.root.language:
                self._take_up(kind.task, kept, ask)

    def _take_up(self, place: int, kept: Template, ask: Ask) -> None:
        if self._moves and self._survivors[place] < self._how.max_survivors:
            self._survivors[place] += 1
            for move in self._moves:
                self._offer(_Kind(place, move, 0, 1), _Line(kept, ask.root, 0, ask.round + 1))
