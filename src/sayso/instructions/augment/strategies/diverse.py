"""`diverse`: calls go where the task's wordings still gain diversity, and a task that no longer gains is left alone.

What a call gains is counted in what is new: for each accepted wording, the share of its pairs of neighbouring words (slots as words) that no
wording of the task has had. A rewording in known phrases gains little, and a refused one nothing. An *arm* is a task with a move and a
temperature, or for rules a task with a given wording. Of each arm, and of each task, move and temperature over all arms, the recent
gain a call is remembered, older calls counting for less; an arm is worth its own recent gain, drawn towards the mean of those three while
it has few calls. Batch by batch the arms that are worth most are asked.

It stops for a task when its last calls, at least `patience` of them, gained less than `min_gain` a call on recent average, or when it has all
the wordings that are wanted; and for all when `max_calls` are spent. No chance is involved: ties go to the first.

Ours; the problem is a bandit's with gains that wear off, so it looks at recent means in place of all-time ones.
"""

import heapq
import itertools
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from sayso.instructions.augment._protocol import Ask, Writer
from sayso.instructions.augment.growing import Growing
from sayso.instructions.augment.strategies._protocol import Batches, Outcome, strategies
from sayso.instructions.augment.strategies.turns import most_of, of_given
from sayso.instructions.filters.wording import words
from sayso.records import Template

__all__ = ["Diverse", "Novelty"]

_FADING = 0.95
"""What a call counts for when the next one of the same task, move or temperature has been made."""
_FADING_OF_ARM = 0.8
"""The same for the next of its arm, which is one of few wordings and wears off sooner."""


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
    row = ("", *words(text), "")
    return {*itertools.pairwise(row)}


@dataclass
class _Recent:
    """A mean of gains in which older ones fade."""

    fading: float = _FADING
    total: float = 0.0
    weight: float = 0.0
    calls: int = 0

    def add(self, gain: float) -> None:
        self.total = self.fading * self.total + gain
        self.weight = self.fading * self.weight + 1
        self.calls += 1

    def mean(self, prior: float) -> float:
        """The mean with one call more, of gain `prior`."""
        return (self.total + prior) / (self.weight + 1)


@dataclass(eq=False)
class _Arm:
    """What can be asked for, with the wordings that take turns in it."""

    task: Growing
    names: tuple[Hashable, ...]
    asks: tuple[Ask, ...]
    recent: _Recent = field(default_factory=lambda: _Recent(_FADING_OF_ARM))
    next: int = 0
    spent: bool = False

    def ask(self) -> Ask:
        """The next wording's turn; the same ask again has another number."""
        turn, place = divmod(self.next, len(self.asks))
        self.next += 1
        one = self.asks[place]
        return Ask(
            parent=one.parent, root=one.root, move=one.move, temperature=one.temperature, number=turn, most=one.most
        )


@strategies.register("diverse")
@dataclass(frozen=True, kw_only=True)
class Diverse:
    """Spend up to `max_calls` where they still gain; `batch` are under way between two looks at what came."""

    max_calls: Annotated[int, Field(ge=1)] | None = None
    min_gain: Annotated[float, Field(gt=0, le=1)] = 0.05
    patience: Annotated[int, Field(ge=1)] = 40
    batch: Annotated[int, Field(ge=1)] = 64
    temperatures: Annotated[tuple[Annotated[float, Field(ge=0, le=2)], ...], Field(min_length=1)] = (0.5, 0.75, 1.0)
    together = True
    by_rules = True

    def batches(self, tasks: Sequence[Growing], *, writer: Writer) -> Batches:
        """The arms that are worth most, batch by batch."""
        arms = [arm for task in tasks for arm in self._arms(task, writer)]
        state = _State(tasks)
        left = self.max_calls
        while left is None or left > 0:
            live = [arm for arm in arms if not arm.spent and not state.over(arm.task, self)]
            chosen = list(state.best(live, count=min(self.batch, left or self.batch)))
            if not chosen:
                return
            outcomes = yield [ask for _, ask in chosen]
            for (arm, _), outcome in zip(chosen, outcomes, strict=True):
                state.learn(arm, outcome)
            left = None if left is None else left - sum(not outcome.exhausted for outcome in outcomes)

    def _arms(self, task: Growing, writer: Writer) -> Iterator[_Arm]:
        lines = of_given(task)
        if task.room < 1 or not lines:
            return
        if not writer.moves:
            most = most_of(room=task.room, lines=lines)
            for parent, root in lines:
                yield _Arm(task, (parent.id,), (Ask(parent=parent, root=root, most=most),))
            return
        for move in dict.fromkeys(writer.moves):
            for heat in self.temperatures:
                asks = tuple(Ask(parent=parent, root=root, move=move, temperature=heat) for parent, root in lines)
                yield _Arm(task, (move, heat), asks)


class _State:
    """What has been learned so far."""

    def __init__(self, tasks: Sequence[Growing]) -> None:
        self._tasks: Mapping[int, _Recent] = {id(task): _Recent() for task in tasks}
        self._kinds: dict[Hashable, _Recent] = {}
        self._novelty = {id(task): Novelty([row.template for row in task.rows]) for task in tasks}

    def over(self, task: Growing, how: Diverse) -> bool:
        """Whether nothing more is asked for a task."""
        recent = self._tasks[id(task)]
        return task.room < 1 or (recent.calls >= how.patience and recent.mean(0.0) < how.min_gain)

    def worth(self, arm: _Arm) -> float:
        """The gain that the next call of an arm should bring; at first everything is worth 1."""
        kinds = [self._tasks[id(arm.task)], *(self._kinds.get(name, _Recent()) for name in arm.names)]
        return arm.recent.mean(sum(kind.mean(1.0) for kind in kinds) / len(kinds))

    def best(self, arms: Sequence[_Arm], *, count: int) -> Iterator[tuple[_Arm, Ask]]:
        """`count` asks of the arms that are worth most; one that is chosen again in the batch is worth less each time.

        No task is asked for more than it has room for.
        """
        heap = [(-self.worth(arm), place, 1) for place, arm in enumerate(arms)]
        heapq.heapify(heap)
        wanted = {id(arm.task): arm.task.room for arm in arms}
        while heap and count:
            worth, place, turn = heapq.heappop(heap)
            arm = arms[place]
            if wanted[id(arm.task)] < 1:
                continue
            wanted[id(arm.task)] -= 1
            count -= 1
            yield arm, arm.ask()
            heapq.heappush(heap, (worth * turn / (turn + 1), place, turn + 1))

    def learn(self, arm: _Arm, outcome: Outcome) -> None:
        """Remember what a call gained."""
        arm.spent = arm.spent or outcome.exhausted
        if outcome.exhausted:
            return
        novelty = self._novelty[id(arm.task)]
        gain = sum(novelty.gain(kept.text) for kept in outcome.accepted)
        for recent in (
            arm.recent,
            self._tasks[id(arm.task)],
            *(self._kinds.setdefault(n, _Recent()) for n in arm.names),
        ):
            recent.add(gain)
