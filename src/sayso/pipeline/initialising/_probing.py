"""A bounded walk over what was found: which tasks it feeds, and how many of its rows cannot be used.

Every source is read as a build would read it, up to MAX_ITEMS items or MAX_SECONDS; a source that has more is given `max_items`, so that the
first run sees what was seen here. A task is kept if it made examples for training (unless its card holds it out) and for
testing.
"""

import re
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sayso import tasks
from sayso.config import BuildConfig, SourceConfig
from sayso.data.plan import TaskPlan, example_problem, plan_tasks
from sayso.data.walk import walk
from sayso.data.wordings import task_wordings
from sayso.errors import DataError, SaysoError
from sayso.pipeline.initialising._finding import Entry
from sayso.records import AnnotatedItem
from sayso.sources import BadRow, verify_image

__all__ = ["Probe", "probe"]

MAX_ITEMS = 2000
MAX_SECONDS = 30.0
MAX_VERIFIED = 500
TEST_FRACTION = 0.2
SEED = 1
PLACE = re.compile(r"(?<!\w)/[^\s;:,]+")
NUMBER = re.compile(r"\d+(\.\d+)?")


@dataclass(kw_only=True)
class Probe:
    """What a walk found: the sources as a recipe has them, items, bad rows by reason, and examples by task and split."""

    sources: list[dict[str, Any]] = field(default_factory=list)
    num_items: int = 0
    bad_rows: Counter[str] = field(default_factory=Counter)
    examples: dict[str, Counter[str]] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)

    def fitting(self, plans: Mapping[str, TaskPlan]) -> list[str]:
        """Names of the tasks that can be trained and tested on what was found, sorted."""
        return sorted(
            name
            for name, made in self.examples.items()
            if made["test"] and (made["train"] or plans[name].held_out) and name not in self.broken
        )


def probe(entries: Iterable[Entry]) -> tuple[Probe, dict[str, TaskPlan]]:
    """Walk the sources; a source that fails is left out with its reason."""
    found, plans = Probe(), dict[str, TaskPlan]()
    entries = list(entries)
    roles = {entry.role for entry in entries}
    for entry in entries:
        use = entry.role if {"train", "test"} <= roles and entry.role else "split"
        written: dict[str, Any] = {"name": entry.name, "use": use, **entry.options}
        if use == "split":
            written["test_fraction"] = TEST_FRACTION
        try:
            source = SourceConfig(**written)
            known = {plan.task.name: plan for plan in plan_tasks(BuildConfig(sources=(source,), tasks=("*",)))}
            found.sources.append(_walk(source, written, known, found))
        except SaysoError as error:
            found.problems.append(f"{entry.name} {entry.options.get('path') or ''}: {error}".replace("\n", " "))
            continue
        plans |= known
    return found, plans


def _walk(source: SourceConfig, written: dict[str, Any], plans: Mapping[str, TaskPlan], found: Probe) -> dict[str, Any]:
    until, count = time.monotonic() + MAX_SECONDS, 0
    for row in walk(source, seed=SEED):
        if isinstance(row, BadRow):
            found.bad_rows[_kind(row.reason)] += 1
            continue
        if count >= MAX_ITEMS or time.monotonic() > until:
            written["max_items"] = count
            break
        if (other := found.ids.setdefault(row.id, written["name"])) and count == 0 and other != written["name"]:
            raise DataError(f"its items have the ids of source {other!r}")
        _verify(row, found, count=count)
        count += 1
        _make(row, plans, found)
    found.num_items += count
    if not count:
        raise DataError("no item of it can be used")
    return written


def _kind(reason: str) -> str:
    """A reason without the names and numbers in it, so that equal ones are counted together."""
    return NUMBER.sub("#", PLACE.sub("FILE", reason.replace("\n", " ")))


def _verify(item: AnnotatedItem, found: Probe, *, count: int) -> None:
    if count < MAX_VERIFIED:
        for medium in item.media:
            try:
                verify_image(medium)
            except DataError as error:
                found.problems.append(str(error))


def _make(item: AnnotatedItem, plans: Mapping[str, TaskPlan], found: Probe) -> None:
    provided = tasks.provides(item)
    for name, plan in plans.items():
        if name in found.broken or not plan.task.needs <= provided or (plan.held_out and item.split != "test"):
            continue
        try:
            for example in tasks.make_examples(plan.task, item=item, seed=SEED):
                if problem := example_problem(example, slots=plan.task.slots):
                    found.bad_rows[f"task {name}: {problem}"] += 1
                else:
                    found.examples.setdefault(name, Counter())[item.split] += 1
            if name in found.examples and len(found.examples[name]) == 1:
                task_wordings(plan, config=BuildConfig(), seed=SEED)
        except Exception as error:  # noqa: BLE001 - a task of somebody else may raise anything; the others go on
            found.broken[name] = f"{type(error).__name__}: {error}"
            found.examples.pop(name, None)
