"""What a train stage may replay: the tasks that the train stages before it were trained on, read from their manifests.

Nothing is copied: the examples are still in the builds of those stages, and their configs say which tasks were taken. What the stage itself
trains on is new and is never replayed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from sayso.artifacts import StageContext, read_manifest, serves_as
from sayso.config import ReplayConfig, TrainConfig
from sayso.data.cards import Card
from sayso.data.folder import BuildFolder
from sayso.data.selection import pick_tasks, trained_tasks
from sayso.data.store import ExampleStore
from sayso.errors import ConfigError
from sayso.train.samples.order import Order, ReplayedOrder, ReplayOrder
from sayso.train.strategies import EarlierTask, Replay, replays
from sayso.train.strategies._pools import GroupedPool, PlainPool, Pool

__all__ = ["Earlier", "earlier_stages", "with_replay"]


@dataclass(frozen=True, kw_only=True)
class Earlier:
    """A train stage before this one: how many stages ago, its build, and the cards that it was trained on."""

    stages_ago: int
    build: Path
    cards: tuple[Card, ...]


def earlier_stages(context: StageContext) -> Iterator[Earlier]:
    """The train stages that this one's weights went through, the nearest first."""
    parents, ago = context.inputs_of("train"), 0
    while parents:
        folder, ago = parents[0], ago + 1
        manifest = read_manifest(folder)
        before = [folder.parent / name for name in manifest.parents]
        builds = [path for path in before if serves_as(read_manifest(path).kind, "build")]
        config = TrainConfig.model_validate(manifest.config)
        cards = trained_tasks(BuildFolder(builds[0]).cards, patterns=config.tasks, where=f"{folder.name}.tasks")
        yield Earlier(stages_ago=ago, build=builds[0], cards=tuple(cards))
        parents = [path for path in before if read_manifest(path).kind == "train"]


def with_replay(
    order: Order, *, context: StageContext, config: ReplayConfig, trained: set[tuple[Path, str]]
) -> tuple[Order, list[BuildFolder]]:
    """The order with replayed places in it, and the builds that these name, from number 1 on.

    `trained` are the build and name of every task that this stage trains on.

    Raises:
        ConfigError: nothing was trained before, or all of it is trained on here.
    """
    found = _earlier_tasks(context, config=config, trained=trained)
    builds = list(dict.fromkeys(path for path, _, _ in found))
    stores = {path: BuildFolder(path).store("train") for path in builds}
    choice = replays.build(config.choice.name, config.choice.options)
    limit = config.max_examples_per_task
    pools = [_pool(card, stores[path], choice=choice, limit=limit, seed=context.seed) for path, card, _ in found]
    tasks = [
        EarlierTask(name=card.name, build=builds.index(path) + 1, size=pool.size, stages_ago=ago)
        for (path, card, ago), pool in zip(found, pools, strict=True)
    ]
    old = ReplayOrder(_weighted(tasks, pools=pools, choice=choice, name=config.choice.name), seed=context.seed)
    fraction = Fraction(str(config.fraction))
    return ReplayedOrder(order, old=old, fraction=fraction, seed=context.seed), [BuildFolder(path) for path in builds]


def _earlier_tasks(
    context: StageContext, *, config: ReplayConfig, trained: set[tuple[Path, str]]
) -> list[tuple[Path, Card, int]]:
    """Build, card and stages since of every task to replay, each once, counted from the last stage that had it."""
    stages = list(earlier_stages(context))
    if not stages:
        raise ConfigError(
            f"stage {context.node!r} has replay, but nothing was trained before it; add a train stage to its from:, or take replay out"
        )
    found: dict[tuple[Path, str], tuple[Path, Card, int]] = {}
    for stage in stages:
        for card in stage.cards:
            if (stage.build, card.name) not in trained:
                found.setdefault((stage.build, card.name), (stage.build, card, stage.stages_ago))
    if not found:
        names = ", ".join(sorted({card.name for stage in stages for card in stage.cards}))
        raise ConfigError(
            f"stage {context.node!r} has replay, but trains on everything that was trained before ({names}); take replay out"
        )
    return _wanted(list(found.values()), patterns=config.tasks, where=f"{context.node}.replay.tasks")


def _wanted(
    found: list[tuple[Path, Card, int]], *, patterns: Sequence[str], where: str
) -> list[tuple[Path, Card, int]]:
    """Those that the patterns name. A pattern may be of tasks that come later, as in a sequence, but of no task it may not."""
    everything = [card for path in dict.fromkeys(path for path, _, _ in found) for card in BuildFolder(path).cards]
    names = {card.name for card in pick_tasks(everything, patterns=patterns, where=where)}
    if not (kept := [entry for entry in found if entry[1].name in names]):
        known = ", ".join(sorted(card.name for _, card, _ in found))
        raise ConfigError(f"{where}: {list(patterns)} name nothing that was trained before; that was {known}")
    return kept


def _pool(card: Card, store: ExampleStore, *, choice: Replay, limit: int | None, seed: int) -> Pool:
    name = (seed, card.name)
    if choice.group is None:
        return PlainPool(store.task_sizes[card.name], limit=limit, name=name)
    return GroupedPool(map(choice.group, store.iter(card.name)), limit=limit, name=name)


def _weighted(
    tasks: Sequence[EarlierTask], *, pools: Sequence[Pool], choice: Replay, name: str
) -> list[tuple[str, int, int, Pool]]:
    weights = list(choice.weigh(tasks))
    if len(weights) != len(tasks) or any(w != int(w) or w < 0 for w in weights) or not any(weights):
        raise ConfigError(
            f"replay choice {name!r} weighs {len(tasks)} tasks as {weights}; give a whole number of 0 or more for each, and not all 0"
        )
    return [(t.name, t.build, weight, pool) for t, weight, pool in zip(tasks, weights, pools, strict=True) if weight]
