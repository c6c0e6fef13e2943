"""How a train stage weighs the tokens of its samples: by the objective of its recipe, and by task where the recipe says so.

With weights of tasks the loss is sum_i lambda_i sum nll / sum_i lambda_i T_i over tasks i with T_i targets in the accumulated batch (VITW in
CoTBal). A recipe gives the lambdas in `task_weights`, or names a mixer that computes them in `loss_mixer`, or both, which are multiplied. Both sums run over the whole batch and all
processes, so that the share of a task does not depend on which samples happen to share a piece.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from sayso.artifacts import StageContext, read_manifest, serves_as
from sayso.config import TrainConfig
from sayso.data.cards import Card
from sayso.data.folder import BuildFolder
from sayso.data.selection import pick_tasks, trained_tasks
from sayso.models.encode import Encoded
from sayso.train.objectives import Objective, Weighed, objectives
from sayso.train.rounds import static_weights

__all__ = ["ByTask", "objective_for", "task_weights"]


@dataclass(frozen=True, kw_only=True)
class ByTask:
    """An objective that multiplies weights and count of a sample by the weight of its task; 1 where none is named."""

    objective: Objective
    task_weights: Mapping[str, float]

    @property
    def weights(self) -> Mapping[str, float]:
        """By role, before the task counts."""
        return self.objective.weights

    def weigh(self, row: Encoded) -> Weighed:
        """The weights of one sample.

        Raises:
            DataError: as the objective says.
        """
        weighed, factor = self.objective.weigh(row), self.task_weights.get(row.task, 1.0)
        return Weighed(weights=weighed.weights * np.float32(factor), count=weighed.count * factor)


def objective_for(context: StageContext) -> Objective | ByTask:
    """What the train stage of the context is to learn.

    Raises:
        ConfigError: no such objective or option, or a pattern of `task_weights` matches no task of any build that the stage is made of.
    """
    config: TrainConfig = context.config
    objective = objectives.build(config.objective.name, config.objective.options)
    found: dict[str, float] = {}
    if config.task_weights:
        found = task_weights(_cards(context), patterns=config.task_weights, where=f"{context.node}.task_weights")
    for task, weight in _mixed(context).items():
        found[task] = found.get(task, 1.0) * weight
    return ByTask(objective=objective, task_weights=found) if found else objective


def _mixed(context: StageContext) -> dict[str, float]:
    """What the loss mixer says of the tasks that the stage trains on."""
    config: TrainConfig = context.config
    if config.loss_mixer is None:
        return {}
    build = BuildFolder(context.inputs_of("build")[0])
    cards = trained_tasks(build.cards, patterns=config.tasks, where=f"{context.node}.tasks")
    return static_weights(context, plugin=config.loss_mixer, cards=cards, build=build)


def task_weights(cards: Iterable[Card], *, patterns: Mapping[str, float], where: str) -> dict[str, float]:
    """Task -> weight, for the tasks that a pattern matches; of several patterns the last one counts.

    Raises:
        ConfigError: a pattern matches no task; names the nearest.
    """
    known = list(cards)
    return {
        card.name: weight
        for pattern, weight in patterns.items()
        for card in pick_tasks(known, patterns=[pattern], where=where)
    }


def _cards(context: StageContext) -> Iterator[Card]:
    """Of every build among the ancestors: what is replayed may come from any."""
    for folder in context.ancestors():
        if serves_as(read_manifest(folder).kind, "build"):
            yield from BuildFolder(folder).cards
