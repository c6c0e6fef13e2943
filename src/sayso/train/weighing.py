"""How a train stage weighs the tokens of its samples: by the objective of its recipe, and by task where the recipe says so.

With weights of tasks the loss is sum_i lambda_i sum nll / sum_i lambda_i T_i over tasks i with T_i targets in the accumulated batch (VITW in
CoTBal, which computes the lambdas; here a recipe gives them). Both sums run over the whole batch and all
processes, so that the share of a task does not depend on which samples happen to share a piece.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sayso.artifacts import StageContext, read_manifest
from sayso.config import TrainConfig
from sayso.data.cards import Card
from sayso.data.folder import BuildFolder
from sayso.data.selection import pick_tasks
from sayso.models.encode import Encoded
from sayso.train.objectives import Objective, Weigh, Weighed, objectives

__all__ = ["ByTask", "objective_of", "task_weights", "weigh_for"]


@dataclass(frozen=True, kw_only=True)
class ByTask:
    """A `Weigh` that multiplies what another one says, weights and count, by the weight of the sample's task; 1 where none is named."""

    weigh: Weigh
    weights: Mapping[str, float]

    def __call__(self, row: Encoded) -> Weighed:
        """The weights of one sample."""
        weighed, factor = self.weigh(row), self.weights.get(row.task, 1.0)
        return Weighed(weights=weighed.weights * weighed.weights.dtype.type(factor), count=weighed.count * factor)


def objective_of(config: TrainConfig) -> Objective:
    """The objective of a train stage.

    Raises:
        ConfigError: no such objective, or no such option of it.
    """
    return objectives.build(config.objective.name, config.objective.options)


def weigh_for(context: StageContext) -> Weigh:
    """How the stage weighs a sample.

    Raises:
        ConfigError: no such objective or option, or a pattern of `task_weights` matches no task of any build that the stage is made of.
    """
    config: TrainConfig = context.config
    weigh = objective_of(config).weigh
    if not config.task_weights:
        return weigh
    where = f"{context.node}.task_weights"
    return ByTask(weigh=weigh, weights=task_weights(_cards(context), patterns=config.task_weights, where=where))


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
        if read_manifest(folder).kind == "build":
            yield from BuildFolder(folder).cards
