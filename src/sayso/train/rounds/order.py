"""A run whose policies are decided round by round: what comes at any place, as far as it is known, and how the next is decided.

Where the mixer needs no losses all rounds are decided before the first step. Otherwise it is asked every `steps` steps, with losses that are
measured then; what it says is written down before anything of it is trained on, and read by every process from there.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

from sayso.artifacts import StageContext
from sayso.config import TrainConfig
from sayso.data.mixers import Mixer, Mixing, TaskStats, to_shares, weigh_tasks
from sayso.errors import ConfigError, DataError
from sayso.train.rounds.held_back import HeldBack
from sayso.train.rounds.layout import Layout, Round
from sayso.train.rounds.policies import Policies, Policy
from sayso.train.samples.order import Place

__all__ = ["MeasuredOrder", "Weighing"]

Losses = Mapping[str, float | None]


@dataclass(frozen=True, kw_only=True)
class Weighing:
    """The mixer, the tasks that it weighs as they are before the run, and what else it is told."""

    mixer: Mixer
    tasks: Sequence[TaskStats]
    mixing: Mixing = field(default_factory=Mixing)


class MeasuredOrder:
    """The places of a run in rounds; an `Order` of `sayso.train.samples.order`.

    `steps` is after how many steps the mixer is asked again, 0 where it is asked once for all.
    """

    def __init__(
        self, context: StageContext, *, layout: Layout, held_back: HeldBack, weighing: Weighing, steps: int
    ) -> None:
        self.num_examples = sum(held_back.sizes.values())
        self.steps = steps
        self.held_back = held_back
        self._layout, self._weighing = layout, weighing
        self._config: TrainConfig = context.config
        self._writes = context.writes
        self._policies = Policies(context.folder)
        self._answers: list[Policy] = []
        self._read()

    def __getitem__(self, k: int) -> Place:
        return self._layout[k]

    def places_of(self, num_new: int) -> int:
        """As many: nothing is replayed."""
        return num_new

    @property
    def whole(self) -> bool:
        """Whether the policies of all rounds are known."""
        return self._layout.num_known == len(self._layout.rounds)

    @property
    def missing(self) -> Path:
        """Where the policy of the first round that is not known would be."""
        return self._policies.path(self._layout.num_known)

    def knows(self, asked: int) -> bool:
        """Whether the mixer's answer number `asked` is."""
        return len(self._answers) > asked

    def decide(self, losses: Losses, *, wait: Callable[[], object] = lambda: None) -> None:
        """Ask the mixer once more, and write down the policies of the rounds that its answer holds for.

        Where losses are measured one process asks, and all read what it wrote when `wait` has let all of them come.

        Raises:
            ConfigError: the mixer's weights are none.
            DataError: another process wrote nothing that can be read.
        """
        asked = len(self._answers)
        made = list(self._made(losses)) if self._writes or not self.steps else []
        if self._writes:
            for policy in reversed(made):  # a kill in between leaves the first unwritten, and all is asked again
                self._policies.write(policy)
        wait()
        if self.steps:
            self._read()
        else:
            for policy in made:
                self._take(policy)
        if not self.knows(asked):
            raise DataError(f"{self.missing} was not written; do all processes see the same folder?")

    def _read(self) -> None:
        """Take up what is written."""
        while not self.whole and (policy := self._policies.find(self._layout.num_known)) is not None:
            self._take(policy)

    def _take(self, policy: Policy) -> None:
        here = self._layout.rounds[self._layout.num_known]
        pools = list(self._layout.phases[here.phase].pools)
        if list(policy.shares) != pools:
            raise DataError(
                f"{self._policies.path(here.number)} has shares of {', '.join(policy.shares)}, but the round has {', '.join(pools)}; "
                "delete the stage's folder and train it again"
            )
        self._layout.add(list(policy.shares.values()))
        if policy.asked == len(self._answers):
            self._answers.append(policy)

    def _made(self, losses: Losses) -> Iterator[Policy]:
        """The policies of all rounds that the mixer's next answer holds for."""
        asked = len(self._answers)
        mixing = replace(self._weighing.mixing, round=asked)
        tasks = [self._told(task, losses=losses) for task in self._weighing.tasks]
        weights = weigh_tasks(self._weighing.mixer, tasks, mixing=mixing, name=self._config.mixer.name)
        for here in self._layout.rounds:
            if here.asked == asked:
                yield self._policy(here, weights=weights, losses=losses)

    def _told(self, task: TaskStats, *, losses: Losses) -> TaskStats:
        if not self._answers:
            return replace(task, losses=(losses.get(task.name),))
        before = tuple(policy.losses.get(task.name) for policy in self._answers)
        last = self._answers[-1].weights
        share = last[task.name] / sum(last.values())
        return replace(task, losses=(*before, losses.get(task.name)), share=share)

    def _policy(self, here: Round, *, weights: Mapping[str, float], losses: Losses) -> Policy:
        phase = self._layout.phases[here.phase]
        sizes = {name: len(pool) for name, pool in phase.pools.items()}
        each = {} if phase.turns else {name: Fraction(weights[name]) / self.held_back.sizes[name] for name in sizes}
        shares = sizes if phase.turns else to_shares({name: each[name] * size for name, size in sizes.items()})
        if not any(shares.values()):
            raise ConfigError(
                f"mixer {self._config.mixer.name!r} gives no weight to {', '.join(sizes)}, and phase {phase.name!r} has nothing else"
            )
        return Policy(
            round=here.number,
            first_place=here.first,
            num_places=here.places,
            phase=phase.name,
            order=self._config.order.name,
            mixer=self._config.mixer.name,
            shares=shares,
            turns=phase.turns,
            weights=dict(weights),
            asked=here.asked,
            losses=dict(losses),
            held_back={task: len(found) for task, found in self.held_back.positions.items() if found},
            unscored=phase.unscored,
        )
