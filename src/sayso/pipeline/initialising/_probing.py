"""A bounded walk over what was found: which tasks it feeds, and how many of its rows cannot be used.

Every source is read as a build would read it, up to MAX_ITEMS items or MAX_SECONDS; a source that has more is given `max_items`, so that the
first run sees what was seen here. A task is kept if it made examples for training (unless its card holds it out) and for
testing.
"""

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sayso import tasks
from sayso.config import BuildConfig, SourceConfig
from sayso.data.plan import TaskPlan, example_problem, plan_tasks
from sayso.data.walk import walk
from sayso.data.wordings import task_wordings
from sayso.errors import DataError, SaysoError
from sayso.pipeline.initialising._finding import Entry
from sayso.pipeline.reasons import alike
from sayso.records import AnnotatedItem
from sayso.sources import BadRow, verify_image

__all__ = ["Probe", "probe"]

MAX_ITEMS = 5000
MAX_SECONDS = 30.0
MAX_VERIFIED = 500
TAGGED = ("coco", "conversations", "table", "vqa_rad", "multi_instruct", "pope")
WAYS = ((True, 0.2), (False, 0.2), (False, 0.35), (False, 0.5))
SEED = 1


@dataclass(kw_only=True)
class Probe:
    """What a walk found: the sources as a recipe has them, items, bad rows by reason, and examples by task and split."""

    sources: list[dict[str, Any]] = field(default_factory=list)
    num_items: int = 0
    bad_rows: Counter[str] = field(default_factory=Counter)
    examples: dict[str, Counter[str]] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    groups: dict[str, set[str]] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)

    @property
    def num_shared(self) -> int:
        """Groups (most often pictures) that files for training and files for testing have in common."""
        return sum(len(splits) > 1 for splits in self.groups.values())

    def add(self, part: "Probe") -> None:
        """Take in what one more source has.

        Raises:
            DataError: an item of it is called as one of another source; a build would refuse the two.
        """
        if same := self.ids & part.ids:
            raise DataError(
                f"{len(same):,} of its items are called as items of another source ({min(same)!r}), so it is left out; "
                "give the rows ids or the files names of their own"
            )
        self.ids |= part.ids
        self.sources += part.sources
        self.num_items += part.num_items
        self.bad_rows += part.bad_rows
        self.problems += part.problems
        self.broken |= part.broken
        for name, counts in part.examples.items():
            self.examples.setdefault(name, Counter()).update(counts)
        for group, splits in part.groups.items():
            self.groups.setdefault(group, set()).update(splits)

    def fitting(self, plans: Mapping[str, TaskPlan]) -> list[str]:
        """Names of the tasks that can be trained and tested on what was found, sorted."""
        return sorted(
            name
            for name, made in self.examples.items()
            if made["test"] and (made["train"] or plans[name].held_out) and name not in self.broken
        )


def probe(entries: Iterable[Entry]) -> tuple[Probe, dict[str, TaskPlan]]:
    """Walk the sources; a source that fails is left out with its reason.

    Where the splits that were found leave nothing to train or test on, all is divided by group, and where few rows do, a larger
    share of them is tried for testing.
    """
    given = _apart(list(entries))
    found, plans = Probe(), dict[str, TaskPlan]()
    for by_role, fraction in WAYS:
        found, plans = _probe(given, test_fraction=fraction, by_role=by_role)
        trains = any(not plans[name].held_out for name in found.fitting(plans))
        if trains or not found.num_items:
            break
    return found, plans


def _probe(entries: list[Entry], *, test_fraction: float, by_role: bool) -> tuple[Probe, dict[str, TaskPlan]]:
    found, plans = Probe(), dict[str, TaskPlan]()
    roles = {entry.role for entry in entries if by_role}
    for entry in entries:
        use = entry.role if {"train", "test"} <= roles and entry.role else "split"
        written: dict[str, Any] = {"name": entry.name, "use": use, **entry.options}
        if use == "split":
            written["test_fraction"] = test_fraction
        try:
            source = SourceConfig(**written)
            known = {plan.task.name: plan for plan in plan_tasks(BuildConfig(sources=(source,), tasks=("*",)))}
            found.add(_walk(source, written, known))
        except SaysoError as error:
            found.problems.append(f"{entry.name} {entry.options.get('path') or ''}: {error}".replace("\n", " "))
            continue
        plans |= known
    return found, plans


def _apart(entries: list[Entry]) -> list[Entry]:
    """Several files of one kind often number their rows alike; `split` goes into the ids of these sources and keeps them apart."""
    counts = Counter(entry.name for entry in entries)
    used: Counter[str] = Counter()
    told = []
    for entry in entries:
        if entry.name in TAGGED and counts[entry.name] > 1 and "split" not in entry.options:
            options = entry.options
            tag = entry.role or str(
                options.get("dataset") or Path(str(options.get("path") or options.get("instances"))).stem
            )
            used[tag] += 1
            tag = tag if used[tag] == 1 else f"{tag}-{used[tag]}"
            entry = replace(entry, options={**options, "split": tag})
        told.append(entry)
    return told


def _walk(source: SourceConfig, written: dict[str, Any], plans: Mapping[str, TaskPlan]) -> Probe:
    """What one source has.

    Raises:
        DataError: nothing of it can be used; says the commonest reason.
    """
    found = Probe(sources=[written])
    until, count = time.monotonic() + MAX_SECONDS, 0
    for row in walk(source, seed=SEED):
        if isinstance(row, BadRow):
            found.bad_rows[alike(row.reason)] += 1
            continue
        if count >= MAX_ITEMS or time.monotonic() > until:
            written["max_items"] = count
            break
        if written["use"] != "split":
            picture = row.media[0].path if row.media else None
            found.groups.setdefault(picture or row.group or row.id, set()).add(row.split)
        _verify(row, found, count=count)
        count += 1
        found.ids.add(row.id)
        _make(row, plans, found)
    found.num_items = count
    if not count:
        (why,) = [f" ({reason})" for reason, _ in found.bad_rows.most_common(1)] or [""]
        raise DataError(f"no item of it can be used{why}")
    return found


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
