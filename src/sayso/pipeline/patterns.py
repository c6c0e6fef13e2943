"""What the stages after a build will take of it, said before anything is built: their patterns of tasks against those of the build."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sayso.config import BuildConfig, EvaluateConfig, Node, Recipe, TrainConfig
from sayso.data.folder import BuildFolder
from sayso.data.plan import plan_tasks
from sayso.data.selection import pick_tasks
from sayso.tasks import Task

__all__ = ["check_patterns", "NodeView", "view_nodes"]


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
        ConfigError: a pattern matches no task of its build.
    """
    chosen: dict[str, list[Task]] = {}
    for node in recipe.nodes:
        if isinstance(node.config, BuildConfig):
            chosen[node.name] = [plan.task for plan in plan_tasks(node.config) if built[node.name].get(plan.task.name)]
        elif node.inputs:
            tasks = chosen.get(_nearest_build(node, recipe))
            yield NodeView(node.name, node.kind, node.inputs, _tasks(node, among=tasks) if tasks else None)


def check_patterns(recipe: Recipe, *, build: str, folder: Path) -> None:
    """Refuse patterns that match nothing as soon as the build is there, and not only when their stage is due.

    Raises:
        ConfigError: a pattern of a train or evaluate stage matches no task of the build.
    """
    cards = BuildFolder(folder).cards
    for node in recipe.nodes:
        if isinstance(node.config, TrainConfig | EvaluateConfig) and _nearest_build(node, recipe) == build:
            pick_tasks(cards, patterns=node.config.tasks, where=f"{node.name}.tasks")


def _tasks(node: Node, *, among: list[Task]) -> tuple[str, ...] | None:
    if not isinstance(node.config, TrainConfig | EvaluateConfig) or node.config.tasks == ("*",):
        return None
    return tuple(task.name for task in pick_tasks(among, patterns=node.config.tasks, where=f"{node.name}.tasks"))


def _nearest_build(node: Node, recipe: Recipe) -> str:
    queue = list(node.inputs)
    while queue:
        found = recipe.node(queue.pop(0))
        if found.kind == "build":
            return found.name
        queue += found.inputs
    return ""
