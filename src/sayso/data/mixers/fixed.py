"""`fixed`: shares that somebody decided on, by task, category or source, such as those of OPT-IML's final mixture (45 % PromptSource, 25 % NIV2 ...).

    mixer: {name: fixed, shares: {"vqa/*": 3, counting: 1, "source:llava": 4}}

A key is a name or pattern of tasks, `category/name`, or `source:NAME`. What it names shares its share in proportion to sizes. Each task belongs to the first key that
names it; tasks that none names are an error, unless `others` says what they share. Examples of one task from sources with different keys cannot be told apart by a mixer, which weighs tasks; that is an error too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import Field

from sayso.data.mixers._protocol import Mixing, TaskStats, mixers
from sayso.errors import ConfigError, did_you_mean
from sayso.tasks import is_pattern, matches

__all__ = ["FixedMixer"]

OTHERS = ""
SOURCE = "source:"


@mixers.register("fixed")
@dataclass(frozen=True, kw_only=True)
class FixedMixer:
    """`shares` by key, of which only proportions count; `others` is the share of all tasks that no key names."""

    num_held_back: ClassVar[int] = 0
    shares: Mapping[str, Annotated[float, Field(ge=0)]]
    others: Annotated[float, Field(ge=0)] | None = None

    def weigh(self, tasks: Sequence[TaskStats], *, mixing: Mixing) -> Sequence[float]:
        """Each key's share, dealt out by size.

        Raises:
            ConfigError: a key names no task, a task has no key, or a task has examples under several keys.
        """
        keys = [self._key(task, mixing=mixing) for task in tasks]
        self._check(tasks, keys=keys, mixing=mixing)
        sizes = dict.fromkeys(keys, 0)
        for key, task in zip(keys, tasks, strict=True):
            sizes[key] += task.size
        shares = {**self.shares, OTHERS: self.others or 0.0}
        return [shares[key] * task.size / sizes[key] for key, task in zip(keys, tasks, strict=True)]

    def _key(self, task: TaskStats, *, mixing: Mixing) -> str:
        """The first key that names the task."""
        for key in self.shares:
            if key.startswith(SOURCE):
                if _is_from(key.removeprefix(SOURCE), task, sources=mixing.sources(task.name)):
                    return key
            elif _names(key, task):
                return key
        return OTHERS

    def _check(self, tasks: Sequence[TaskStats], *, keys: Sequence[str], mixing: Mixing) -> None:
        left = [task.name for key, task in zip(keys, tasks, strict=True) if key == OTHERS]
        if left and self.others is None:
            raise ConfigError(
                f"mixer 'fixed' has no share for {', '.join(left)}; add a key for them to shares, or say with others what they share"
            )
        for key in self.shares:
            if key not in keys and not any(_named(key, task, mixing=mixing) for task in tasks):
                known = [task.name for task in tasks] + sorted({f"{task.category}/*" for task in tasks})
                raise ConfigError(f"mixer 'fixed': {key!r} names no task that is trained on{did_you_mean(key, known)}")


def _named(key: str, task: TaskStats, *, mixing: Mixing) -> bool:
    if key.startswith(SOURCE):
        return key.removeprefix(SOURCE) in mixing.sources(task.name)
    return _names(key, task)


def _names(key: str, task: TaskStats) -> bool:
    return matches(key, name=task.name, category=task.category) if is_pattern(key) else key == task.name


def _is_from(source: str, task: TaskStats, *, sources: Mapping[str, int]) -> bool:
    if source in sources and len(sources) > 1:
        raise ConfigError(
            f"mixer 'fixed': task {task.name!r} has examples of {', '.join(sorted(sources))}, and a share of {SOURCE}{source} cannot tell them apart; "
            "put a key for the task itself before it"
        )
    return source in sources
