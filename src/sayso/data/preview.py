"""The first training samples of a build that has not been made: what `sayso preview` shows."""

from collections.abc import Iterator
from itertools import islice

from sayso import tasks
from sayso.config import BuildConfig, TrainConfig
from sayso.data.plan import TaskPlan, plan_tasks
from sayso.data.samples import Sampler
from sayso.data.walk import walk
from sayso.data.wordings import task_wordings
from sayso.errors import ConfigError, DataError
from sayso.records import AnnotatedItem, Example, Sample

__all__ = ["draw_samples", "ROLE_COLOURS"]

ROLE_COLOURS = {
    "media": "black on cyan",
    "system": "dim",
    "instr_template": "yellow",
    "instr": "bold blue",
    "options": "magenta",
    "response": "bold green",
    "bos": "dim",
    "role_mark": "dim",
    "media_sep": "dim",
    "resp_end": "green",
}
"""Which colour is which role, in rich's words."""

MAX_ITEMS = 300
"""Items that are looked at in the search for examples of every task."""


def draw_samples(config: BuildConfig, *, seed: int, count: int, train: TrainConfig = TrainConfig()) -> list[Sample]:  # noqa: B008 - frozen
    """The first `count` training samples with the library's wordings, tasks in turn, drawn as `train` says.

    Raises:
        ConfigError: a source or task does not exist, or `count` is negative.
        DataError: a source cannot be read, or gives no example among its first items.
    """
    if count < 0:
        raise ConfigError(f"a preview of {count} samples; name a number that is not negative")
    plans = [plan for plan in plan_tasks(config) if plan.held_out is None]
    found = _collect(config, plans, seed=seed, each=-(-count // max(1, len(plans))))
    turns = _in_turn([found[plan.task.name] for plan in plans])
    examples = list(islice(turns, count))
    if count and not examples:
        names = ", ".join(source.name for source in config.sources) or "none"
        raise DataError(
            f"no training example among the first {MAX_ITEMS} items of each source ({names}); type: sayso check"
        )
    cards = [plan.card(num_train=0, num_test=0) for plan in plans]
    templates = [template for plan in plans for template in task_wordings(plan, config=config, seed=seed)]
    sampler = Sampler(cards=cards, templates=templates, prompt=config.prompt, seed=seed, drawing=train.drawing)
    return [sampler.train_sample(example, epoch=0, wording=train.wording) for example in examples]


def _collect(config: BuildConfig, plans: list[TaskPlan], *, seed: int, each: int) -> dict[str, list[Example]]:
    """At least `each` examples a task, where the first items give them; more, so that other tasks may fill a gap."""
    found: dict[str, list[Example]] = {plan.task.name: [] for plan in plans}
    for item in _train_items(config, seed=seed):
        for plan in plans:
            if len(found[plan.task.name]) < 4 * each and tasks.meets(plan.task, item):
                found[plan.task.name] += tasks.make_examples(plan.task, item=item, seed=seed)
        if all(len(examples) >= each for examples in found.values()):
            break
    return found


def _train_items(config: BuildConfig, *, seed: int) -> Iterator[AnnotatedItem]:
    for source in config.sources:
        for row in islice(walk(source, seed=seed), MAX_ITEMS):
            if isinstance(row, AnnotatedItem) and row.split == "train":
                yield row


def _in_turn(lists: list[list[Example]]) -> Iterator[Example]:
    for turn in range(max(map(len, lists), default=0)):
        yield from (examples[turn] for examples in lists if turn < len(examples))
