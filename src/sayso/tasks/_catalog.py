"""Tasks by name: ours from the files of this folder, others' from the entry points `sayso.tasks`.

An entry point names a module; importing it runs its `@task` decorators. Nothing is imported before the first question.
"""

import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache
from importlib.metadata import entry_points

from sayso.errors import ConfigError, blame, did_you_mean
from sayso.tasks._protocol import CATALOG, Task

__all__ = ["catalog", "find", "get", "is_pattern", "matches", "names", "select"]

PACKAGE = "sayso.tasks"


@cache
def _load() -> None:
    for module in pkgutil.iter_modules(importlib.import_module(PACKAGE).__path__):
        if not module.name.startswith("_"):
            importlib.import_module(f"{PACKAGE}.{module.name}")
    for point in entry_points(group=PACKAGE):
        with blame(ConfigError, f"tasks of the entry point {point.name!r}"):
            point.load()


def names() -> list[str]:
    """The name of every task, sorted."""
    _load()
    return sorted(CATALOG)


def get(name: str) -> Task:
    """The task called `name`, which may be an alias such as the name in MultiInstruct's repository.

    Raises:
        ConfigError: no such task; the message lists the known names and the nearest.
    """
    return find(name, among=catalog())


def select(patterns: Sequence[str], *, among: Mapping[str, Task] | None = None) -> list[Task]:
    """The tasks that any of the patterns matches, each once, sorted by name.

    A pattern is a name, an alias, a shell pattern of names, or with a slash one of `category/name`, such as `vqa/*`. One
    with `*`, `?` or `[` may match nothing; a plain name must exist. `among` are the tasks to choose from, by name; by default
    all that are registered.

    Raises:
        ConfigError: a plain name is unknown.
    """
    known = catalog() if among is None else among
    chosen: set[str] = set()
    for pattern in patterns:
        if is_pattern(pattern):
            chosen.update(
                task.name for task in known.values() if matches(pattern, name=task.name, category=task.category)
            )
        else:
            chosen.add(find(pattern, among=known).name)
    return [known[name] for name in sorted(chosen)]


def matches(pattern: str, *, name: str, category: str) -> bool:
    """Whether a shell pattern fits the name of a task or, with a slash in it, `category/name`."""
    return fnmatchcase(f"{category}/{name}" if "/" in pattern else name, pattern)


def is_pattern(text: str) -> bool:
    """Whether `text` is more than a plain name."""
    return any(mark in text for mark in "*?[/")


def catalog() -> Mapping[str, Task]:
    """Every registered task, by name."""
    _load()
    return CATALOG


def find(name: str, *, among: Mapping[str, Task]) -> Task:
    """The task of that name or alias.

    Raises:
        ConfigError: no such task; the message lists the known names and the nearest.
    """
    if name in among:
        return among[name]
    for task in among.values():
        if name in task.aliases:
            return task
    raise ConfigError(f"no task named {name!r}{did_you_mean(name, list(among))}")
