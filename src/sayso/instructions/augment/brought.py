"""Tasks that sources bring along, with their own wordings, for the stage that augments: those of `augment.sources`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sayso.config import SourceConfig
from sayso.errors import ConfigError, blame
from sayso.records import TaskCard, Template
from sayso.sources import TaskSource, sources
from sayso.tasks import Task, brought_task, catalog

__all__ = ["Brought", "tasks_of"]

_OWN = tuple(name for name in SourceConfig.model_fields if name != "name")


@dataclass(frozen=True, slots=True)
class Brought:
    """Every task there is to augment, by name, and the wordings of those that sources bring along."""

    tasks: Mapping[str, Task]
    templates: Mapping[str, tuple[Template, ...]]


def tasks_of(configs: Iterable[SourceConfig]) -> Brought:
    """The catalogue and what the sources bring along.

    Raises:
        ConfigError: no such source, a wrong option, or a source that brings no tasks.
        DataError: a source cannot be read.
    """
    cards: list[TaskCard] = []
    for config in configs:
        with blame(ConfigError, f"augment.sources: {config.name!r}"):
            source = sources.build(config.name, config.options, others=_OWN)
        if not isinstance(source, TaskSource):
            raise ConfigError(f"augment.sources: source {config.name!r} brings no tasks of its own; leave it out")
        cards += source.tasks()
    found = {card.name: brought_task(card) for card in cards}
    return Brought({**catalog(), **found}, {card.name: card.templates for card in cards})
