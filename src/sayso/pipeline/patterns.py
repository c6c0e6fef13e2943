"""What the stages after a build will take of it, said before anything is built: their patterns of tasks against those of the build."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sayso.artifacts import BUILDS
from sayso.config import BuildConfig, EvaluateConfig, Node, Recipe, SelectConfig, TrainConfig
from sayso.data.folder import BuildFolder
from sayso.data.plan import plan_tasks
from sayso.data.selecting.reading import check_selection
from sayso.data.selection import pick_tasks, trained_tasks
from sayso.errors import ConfigError
from sayso.evaluate.opening import brings_its_model, check_backend
from sayso.tasks import Task

__all__ = ["check_inputs", "check_patterns", "nearest", "NodeView", "view_nodes"]


@dataclass(frozen=True)
class NodeView:
    """A stage that reads others and is no build: its kind, what it reads, and for train and evaluate stages which tasks (None: not known)."""

    name: str
    kind: str
    inputs: tuple[str, ...]
    tasks: tuple[str, ...] | None = None

    @property
    def line(self) -> str:
        """For people."""
        told = f"{self.name}: {self.kind}, reads {', '.join(self.inputs)}"
        if self.tasks is None:
            return told
        return f"{told}; {len(self.tasks)} task{'' if len(self.tasks) == 1 else 's'}: {', '.join(self.tasks)}"

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        return {"kind": self.kind, "from": list(self.inputs), "tasks": None if self.tasks is None else list(self.tasks)}


def view_nodes(recipe: Recipe, *, built: Mapping[str, Mapping[str, int]]) -> Iterator[NodeView]:
    """Every node that reads others and is no build, with the tasks that its patterns choose; `built` are examples by task of each build.

    Raises:
        ConfigError: a pattern matches no task of its build, or one of `task_weights` none of any build before.
    """
    chosen: dict[str, list[Task]] = {}
    for node in recipe.nodes:
        if isinstance(node.config, BuildConfig):
            chosen[node.name] = [plan.task for plan in plan_tasks(node.config) if built[node.name].get(plan.task.name)]
        elif node.inputs:
            tasks = chosen.get(nearest(node, recipe, kind="build"))
            _check_task_weights(node, among=[task for name in _before(node, recipe) for task in chosen.get(name, ())])
            yield NodeView(node.name, node.kind, node.inputs, _tasks(node, among=tasks) if tasks else None)


def check_patterns(recipe: Recipe, *, build: str, folder: Path) -> None:
    """Refuse patterns that match nothing as soon as the build or selection is there, and not only when their stage is due.

    Raises:
        ConfigError: a pattern of a select, train or evaluate stage matches no task of the build.
    """
    cards = BuildFolder(folder).cards
    kind = recipe.node(build).kind
    for node in recipe.nodes:
        if not isinstance(node.config, TrainConfig | EvaluateConfig | SelectConfig):
            continue
        if nearest(node, recipe, kind=kind) != build:
            continue
        pick = pick_tasks if isinstance(node.config, EvaluateConfig) else trained_tasks
        pick(cards, patterns=node.config.tasks, where=f"{node.name}.tasks")
        if isinstance(node.config, EvaluateConfig) and (kept := node.config.retention) is not None and kept.tasks:
            pick_tasks(cards, patterns=kept.tasks, where=f"{node.name}.retention.tasks")


def check_inputs(node: Node, recipe: Recipe) -> None:
    """Refuse a stage that reads what it cannot use, which would show only after hours of the stages before it.

    Raises:
        ConfigError: a train or select stage reads no build, or one that has no weights, or a selector reads columns of no scorer; an evaluate stage has no build or train stage before it, or no
            build where its backend brings the model, or a backend that cannot answer it; a report has no evaluate stage before it.
    """
    kinds = {name: recipe.node(name).kind for name in node.inputs}
    if node.kind == "train":
        if other := [name for name, kind in kinds.items() if kind not in {*BUILDS, "train", "augment", "sight"}]:
            raise ConfigError(
                f"stage {node.name!r} reads {other[0]!r} of kind {kinds[other[0]]}, which has no weights; name one of the train stages"
            )
        if not BUILDS & set(kinds.values()):
            raise ConfigError(f"stage {node.name!r} needs a build stage to train on; add it to its from:")
    elif isinstance(node.config, SelectConfig):
        _check_select(node, kinds, target=node.config.target)
        check_selection(node.config, where=node.name)
    elif node.kind == "evaluate":
        if isinstance(node.config, EvaluateConfig):
            check_backend(node.config)
        for kind in _needed(node):
            if not nearest(node, recipe, kind=kind):
                raise ConfigError(f"stage {node.name!r} has no {kind} stage before it; add one to its from:")
    elif node.kind == "report" and not any(nearest(node, recipe, kind=kind) for kind in ("evaluate", "transfer")):
        raise ConfigError(
            f"stage {node.name!r} has no evaluate stage before it; add evaluate: {{}}, or leave report: out"
        )


def _check_select(node: Node, kinds: Mapping[str, str], *, target: str | None) -> None:
    if not BUILDS & set(kinds.values()):
        raise ConfigError(f"stage {node.name!r} needs a build or select stage to choose from; add it to its from:")
    if other := [name for name, kind in kinds.items() if kind not in {*BUILDS, "train"}]:
        raise ConfigError(
            f"stage {node.name!r} reads {other[0]!r} of kind {kinds[other[0]]}, which has neither examples nor weights; take it out of its from:"
        )
    _, *others = (name for name, kind in kinds.items() if kind in BUILDS)
    targets = [name for name in others if kinds[name] == "build"] + ([target] if target else [])
    if len(targets) > 1:
        raise ConfigError(
            f"stage {node.name!r} has several targets ({', '.join(targets)}); give one further build, or one file"
        )


def _needed(node: Node) -> tuple[str, ...]:
    own = isinstance(node.config, EvaluateConfig) and brings_its_model(node.config.backend)
    return ("build",) if own else ("build", "train")


def _tasks(node: Node, *, among: list[Task]) -> tuple[str, ...] | None:
    if not isinstance(node.config, TrainConfig | EvaluateConfig | SelectConfig) or node.config.tasks == ("*",):
        return None
    return tuple(task.name for task in pick_tasks(among, patterns=node.config.tasks, where=f"{node.name}.tasks"))


def _check_task_weights(node: Node, *, among: list[Task]) -> None:
    if among and isinstance(node.config, TrainConfig) and node.config.task_weights:
        for pattern in node.config.task_weights:
            pick_tasks(among, patterns=[pattern], where=f"{node.name}.task_weights")


def nearest(node: Node, recipe: Recipe, *, kind: str) -> str:
    """The name of the nearest stage of a kind that a stage reads, through others; empty where there is none."""
    return next((name for name in _before(node, recipe) if recipe.node(name).kind == kind), "")


def _before(node: Node, recipe: Recipe) -> list[str]:
    """Every stage that a stage reads, through others, nearest first."""
    found = list(node.inputs)
    for name in found:
        found += [one for one in recipe.node(name).inputs if one not in found]
    return found
