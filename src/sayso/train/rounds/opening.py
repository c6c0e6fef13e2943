"""From a train stage's config to the order of its run: what the mixer and the order are told, where rounds begin, and what goes together with what.

`proportional` and `shuffled` together are `RunOrder`, place for place what a run was before there were others.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from sayso.artifacts import StageContext
from sayso.config import PluginConfig, TrainConfig
from sayso.data.cards import Card
from sayso.data.folder import BuildFolder
from sayso.data.mixers import Mixer, Mixing, TaskStats, mixers, weigh_tasks
from sayso.data.orders import Phase, Stock, orders
from sayso.errors import ConfigError
from sayso.records import Example
from sayso.train.rounds.columns import find_column
from sayso.train.rounds.held_back import HeldBack
from sayso.train.rounds.layout import Layout, rounds_of
from sayso.train.rounds.order import MeasuredOrder, Weighing
from sayso.train.rounds.policies import Policies, Policy
from sayso.train.rounds.scores import scores_of
from sayso.train.samples.order import RunOrder

__all__ = ["is_plain", "open_order", "static_weights"]


def open_order(
    context: StageContext, *, build: BuildFolder, cards: Sequence[Card], places_per_step: int
) -> RunOrder | MeasuredOrder:
    """The order of a run on these tasks of the build.

    Raises:
        ConfigError: no such mixer or order, it lacks what it needs, or does not go with something else of the stage.
    """
    config: TrainConfig = context.config
    mixer = mixers.build(config.mixer.name, config.mixer.options)
    ordering = orders.build(config.order.name, config.order.options)
    sizes = {card.name: build.store("train").task_sizes[card.name] for card in cards}
    if is_plain(config):
        return _plain(context, sizes=sizes, places_per_step=places_per_step)
    _check(context, mixer=mixer)
    held_back = HeldBack(sizes, count=mixer.num_held_back, seed=context.seed)
    phases = list(ordering.phases(_stock(context, build=build, cards=cards, held_back=held_back)))
    _check_phases(phases, config=config)
    num_examples = sum(held_back.sizes.values())
    steps = _num_steps(config, num_examples=num_examples, places_per_step=places_per_step)
    every = math.ceil(steps / config.num_rounds)
    if every * (config.num_rounds - 1) >= steps:
        raise ConfigError(
            f"stage {context.node!r} has num_rounds {config.num_rounds} for {steps} steps; give fewer rounds"
        )
    total = steps * places_per_step
    if not mixer.num_held_back:
        total = _num_places(config, num_examples=num_examples, places_per_step=places_per_step)
    asked_at = [number * every * places_per_step for number in range(config.num_rounds)]
    layout = Layout(
        phases, rounds=rounds_of(phases, total=total, asked_at=asked_at), held_back=held_back, seed=context.seed
    )
    weighing = _weighing(context, build=build, cards=cards, mixer=mixer, sizes=held_back.sizes)
    order = MeasuredOrder(
        context, layout=layout, held_back=held_back, weighing=weighing, steps=every if mixer.num_held_back else 0
    )
    while not (order.steps or order.whole):
        order.decide({})
    return order


def is_plain(config: TrainConfig) -> bool:
    """Whether a run is mixed by size and shuffled, as one with replay or with stretches of one task has to be."""
    return config.mixer.name == "proportional" and config.order.name == "shuffled"


def static_weights(
    context: StageContext, *, plugin: PluginConfig, cards: Sequence[Card], build: BuildFolder
) -> dict[str, float]:
    """Task -> what a mixer says of it before the run, the mean over the tasks being 1.

    Raises:
        ConfigError: it measures losses, or lacks what it needs.
    """
    mixer = mixers.build(plugin.name, plugin.options)
    if mixer.num_held_back:
        raise ConfigError(
            f"stage {context.node!r}: loss_mixer {plugin.name!r} measures losses while it trains, and weights of losses are fixed before; use it as mixer"
        )
    sizes = {card.name: build.store("train").task_sizes[card.name] for card in cards}
    told = _weighing(context, build=build, cards=cards, mixer=mixer, sizes=sizes)
    weights = weigh_tasks(mixer, told.tasks, mixing=told.mixing, name=plugin.name)
    return {task: weight * len(weights) / sum(weights.values()) for task, weight in weights.items()}


def _plain(context: StageContext, *, sizes: Mapping[str, int], places_per_step: int) -> RunOrder:
    """Written down once: its weights never change."""
    config: TrainConfig = context.config
    total = _num_places(config, num_examples=sum(sizes.values()), places_per_step=places_per_step)
    order = RunOrder(sizes, seed=context.seed)
    if context.writes:
        Policies(context.folder).write(
            Policy(
                round=0,
                first_place=0,
                num_places=total if config.replay is None else None,
                phase="all",
                order=config.order.name,
                mixer=config.mixer.name,
                shares=dict(sizes),
                weights={task: float(size) for task, size in sizes.items()},
            )
        )
    return order


def _check(context: StageContext, *, mixer: Mixer) -> None:
    config: TrainConfig = context.config
    what = f"stage {context.node!r} has mixer {config.mixer.name!r} and order {config.order.name!r}"
    if config.replay is not None:
        raise ConfigError(f"{what}, and replay, which mixes by size; take one out")
    if not mixer.num_held_back:
        return
    if config.num_rounds < 2:
        raise ConfigError(
            f"{what} with num_rounds {config.num_rounds}; a mixer that measures while it trains needs num_rounds of 2 or more"
        )
    if config.group_by != "none" or config.truncation == "drop":
        raise ConfigError(
            f"{what}; group_by: {config.group_by} and truncation: {config.truncation} look at samples ahead, whose round is not decided yet; "
            "use group_by: none, and another truncation than drop"
        )


def _check_phases(phases: Sequence[Phase], *, config: TrainConfig) -> None:
    name = config.order.name
    if config.mixer.name != "proportional" and any(phase.turns for phase in phases):
        raise ConfigError(
            f"order {name!r} says itself how often each subject comes, and leaves nothing to mixer {config.mixer.name!r}; take the mixer out"
        )
    if not any(phase.num_examples for phase in phases):
        raise ConfigError(f"order {name!r} has no example in {len(phases)} phases; it has to keep all of them")
    for phase in phases:
        mixed = [pool for pool, found in phase.pools.items() if not phase.turns and set(found.parts) != {pool}]
        if mixed:
            raise ConfigError(
                f"order {name!r}: pool {mixed[0]!r} of phase {phase.name!r} is not of the one task that it is named after, so that no mixer can weigh it; "
                "name pools as their tasks, or let them take turns"
            )


def _num_steps(config: TrainConfig, *, num_examples: int, places_per_step: int) -> int:
    if config.max_steps > 0:
        return config.max_steps
    return math.ceil(config.num_train_epochs * num_examples / places_per_step)


def _num_places(config: TrainConfig, *, num_examples: int, places_per_step: int) -> int:
    if config.max_steps > 0:
        return config.max_steps * places_per_step
    return config.num_train_epochs * num_examples


def _stock(context: StageContext, *, build: BuildFolder, cards: Sequence[Card], held_back: HeldBack) -> Stock:
    store = build.store("train")

    def read(task: str) -> Iterator[Example]:
        kept = set(held_back.positions[task])
        return (example for position, example in enumerate(store.iter(task)) if position not in kept)

    return Stock(
        sizes=held_back.sizes,
        categories={card.name: card.category for card in cards},
        read=read,
        columns=lambda column, file: find_column(context, column=column, file=file),
    )


def _weighing(
    context: StageContext, *, build: BuildFolder, cards: Sequence[Card], mixer: Mixer, sizes: Mapping[str, int]
) -> Weighing:
    config: TrainConfig = context.config
    store = build.store("train")

    @cache
    def sources(task: str) -> Mapping[str, int]:
        return Counter(example.source for example in store.iter(task))

    tasks = [TaskStats(name=card.name, category=card.category, size=sizes[card.name]) for card in cards]
    mixing = Mixing(seed=context.seed, num_rounds=config.num_rounds, scores=scores_of(context), sources=sources)
    return Weighing(mixer=mixer, tasks=tasks, mixing=mixing)
