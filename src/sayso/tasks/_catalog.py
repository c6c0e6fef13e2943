"""Tasks by name: ours from the files of this folder, others' from the entry points `sayso.tasks`.

An entry point names a module; importing it runs its `@task` decorators. Nothing is imported before the first question.
"""

import importlib
import pkgutil
from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import cache
from importlib.metadata import entry_points

from sayso.errors import ConfigError, blame, did_you_mean
from sayso.tasks._protocol import CATALOG, Task

__all__ = ["get", "names", "select"]

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
    _load()
    if name in CATALOG:
        return CATALOG[name]
    for task in CATALOG.values():
        if name in task.aliases:
            return task
    raise ConfigError(f"no task named {name!r}{did_you_mean(name, list(CATALOG))}")


def select(patterns: Sequence[str]) -> list[Task]:
    """The tasks that any of the patterns (names, aliases or shell patterns) matches, each once, sorted by name.

    A pattern with `*`, `?` or `[` may match nothing; a plain name must exist.

    Raises:
        ConfigError: a plain name is unknown.
    """
    chosen: set[str] = set()
    for pattern in patterns:
        if any(mark in pattern for mark in "*?["):
            chosen.update(name for name in names() if fnmatchcase(name, pattern))
        else:
            chosen.add(get(pattern).name)
    return [CATALOG[name] for name in sorted(chosen)]
