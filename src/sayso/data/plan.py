"""Which tasks a build makes, and what of each may be trained on."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from sayso import tasks
from sayso.config import BuildConfig
from sayso.data.cards import Card
from sayso.data.walk import open_source
from sayso.errors import ConfigError, DataError, did_you_mean
from sayso.instructions.options import format_options
from sayso.records import Answer, Example, Options, Region, TaskCard, Template
from sayso.sources import TaskSource
from sayso.tasks import AS_WRITTEN, CONVERSATION, Task, brought_task

__all__ = ["example_problem", "plan_tasks", "TaskPlan"]


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskPlan:
    """A task of a build. `held_out` is None, `task` or `category`; `required` where the recipe names it in full.

    `brought` are the wordings of a task that a source brought along; the library has those of all others.
    """

    task: Task
    held_out: Literal["task", "category"] | None
    required: bool
    brought: tuple[Template, ...] = ()

    def card(self, *, num_train: int, num_test: int) -> Card:
        """The row of `cards.json`."""
        return Card(
            name=self.task.name,
            category=self.task.category,
            output=self.task.output,
            metrics=self.task.metrics,
            slots=dict(self.task.slots),
            held_out=self.held_out,
            num_train=num_train,
            num_test=num_test,
        )


def plan_tasks(config: BuildConfig) -> list[TaskPlan]:
    """The tasks that the recipe's patterns select, sorted by name: registered ones, and those that its sources bring along.

    Raises:
        ConfigError: a plain name or a held-out task or category does not exist, or nothing is selected.
    """
    cards = list(_brought(config))
    wordings = {card.name: card.templates for card in cards} | {CONVERSATION.name: (AS_WRITTEN,)}
    known = {**tasks.catalog(), **{card.name: brought_task(card) for card in cards}, CONVERSATION.name: CONVERSATION}
    known |= {name: replace(known[name], held_out=False) for name in _let_in(config.held_out.but_train, known)}
    chosen = tasks.select(config.tasks, among=known)
    if not chosen:
        given = config.tasks[0] if config.tasks else ""
        raise ConfigError(f"tasks {list(config.tasks)} match no task{did_you_mean(given, list(known))}")
    required = {tasks.find(name, among=known).name for name in config.tasks if not tasks.is_pattern(name)}
    held_out = {task.name for task in tasks.select(config.held_out.tasks, among=known)}
    categories = _known_categories(config.held_out.categories, known) | _whole_categories(held_out, known)
    return [
        TaskPlan(
            task=task,
            held_out=_level(task, held_out=held_out, categories=categories),
            required=task.name in required,
            brought=wordings.get(task.name, ()),
        )
        for task in chosen
    ]


def _brought(config: BuildConfig) -> Iterator[TaskCard]:
    for written in config.sources:
        source = open_source(written)
        if isinstance(source, TaskSource):
            yield from source.tasks()


def _whole_categories(held_out: set[str], known: Mapping[str, Task]) -> set[str]:
    """Categories of which every task is held out, by its card or by the recipe: nothing like them is ever trained on."""
    trained = {card.category for card in known.values() if not (card.held_out or card.name in held_out)}
    return {card.category for card in known.values()} - trained


def _let_in(names: Iterable[str], known: Mapping[str, Task]) -> Iterator[str]:
    """The names of held-out tasks that are trained on all the same."""
    for written in names:
        name = tasks.find(written, among=known).name
        if not known[name].held_out:
            raise ConfigError(f"held_out.but_train: task {name!r} is held out by nobody; leave it out")
        yield name


def _level(task: Task, *, held_out: set[str], categories: set[str]) -> Literal["task", "category"] | None:
    if task.category in categories:
        return "category"
    return "task" if task.held_out or {task.name, task.base} & held_out else None


def _known_categories(wanted: Iterable[str], known: Mapping[str, Task]) -> set[str]:
    names = sorted({task.category for task in known.values()})
    for category in wanted:
        if category not in names:
            raise ConfigError(f"held_out.categories: no category {category!r}{did_you_mean(category, names)}")
    return set(wanted)


def example_problem(example: Example, *, slots: Mapping[str, str], style: str = "multi_instruct") -> str | None:
    """Why an example cannot be used, or None.

    No or empty answers, answers that are no option, options alike or such as `style` cannot tell apart, a slot unfilled.
    """
    references, fields = example.references, example.fields
    if not references or "" in references:
        return "no answer, or an empty one"
    if not slots.keys() <= fields.keys():
        return f"nothing for slot {min(slots.keys() - fields.keys())}"
    for value in fields.values():
        if type(value) is Options:  # half the time of isinstance, and every row comes through here
            return _options_problem(references, items=value.items, style=style)
    return None


def _options_problem(references: tuple[Answer, ...], *, items: tuple[str | Region, ...], style: str) -> str | None:
    known = set(items)
    if len(known) < len(items):
        return "two options are alike"
    if len(items) < 2:
        return "fewer than two options"
    for answer in references:
        if answer not in known:
            return "an answer is not among the options"
    try:
        format_options([item for item in items if type(item) is str], style=style)
    except DataError as error:
        return str(error)
    return None
