"""Tasks by name: ours from the files of this folder, others' from the entry points `sayso.tasks`.

An entry point names a module; importing it runs its `@task` decorators. Nothing is imported before the first question. Variations are
made of tasks when they are asked for by name (`counting+yes_no`) or by a pattern with a plus in it (`*+yes_no`); the catalogue lists none.
"""

import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache
from importlib.metadata import entry_points

from sayso.errors import ConfigError, blame, did_you_mean
from sayso.tasks._protocol import CATALOG, Task
from sayso.tasks.variations._protocol import MARK, variations, vary

__all__ = ["catalog", "find", "get", "is_pattern", "matches", "names", "select", "varied"]

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
    with `*`, `?` or `[` may match nothing; a plain name must exist. Tasks that are taken `by_name` are not matched by patterns that begin with `*`. Variations are matched only by patterns with a plus. `among` are the tasks to choose from, by name; by default
    all that are registered.

    Raises:
        ConfigError: a plain name is unknown.
    """
    known = catalog() if among is None else among
    chosen: dict[str, Task] = {}
    for pattern in patterns:
        if is_pattern(pattern):
            among_these = varied(known.values(), kinds=pattern) if MARK in pattern else known.values()
            found = [task for task in among_these if matches(pattern, name=task.name, category=task.category)]
            if pattern.startswith("*"):
                found = [task for task in found if not task.by_name]
        else:
            found = [find(pattern, among=known)]
        chosen.update({task.name: task for task in found})
    return [chosen[name] for name in sorted(chosen)]


def varied(tasks: Iterable[Task], *, kinds: str = "+*") -> Iterator[Task]:
    """Every variation that there is of these tasks, of the kinds that what follows the last plus of `kinds` matches."""
    wanted = [kind for kind in variations.names() if fnmatchcase(kind, kinds.rpartition(MARK)[2])]
    for task in tasks:
        for kind in wanted:
            if isinstance(made := vary(task, kind=kind), Task):
                yield made


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
    """The task of that name or alias, or the variation of one.

    Raises:
        ConfigError: no such task; the message lists the known names and the nearest. Or the task has no such variation.
    """
    if name in among:
        return among[name]
    for task in among.values():
        if name in task.aliases:
            return task
    base, mark, kind = name.rpartition(MARK)
    if not mark:
        raise ConfigError(f"no task named {name!r}{did_you_mean(name, list(among))}")
    task = find(base, among=among)
    made = vary(task, kind=kind)
    if isinstance(made, Task):
        return made
    raise ConfigError(f"there is no task {name!r}: {task.name!r} has no variation {kind!r}, since {made}")
