"""Walks a build without writing: every row, picture, template and role of it, before any model is imported.

What would stop a run or spoil it later is found here: rows that a source cannot use, pictures that do not decode to the end,
templates with wrong slots, examples without an answer, and samples in which a character has no role or the options do not stand
exactly once. Problems are counted by kind and reason, each with the first places.
"""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Literal, TypeAlias

from sayso import tasks
from sayso.artifacts import Progress
from sayso.config import BuildConfig
from sayso.data.ids import IdLog, repeated_id
from sayso.data.plan import TaskPlan, example_problem, plan_tasks
from sayso.data.samples import Sampler
from sayso.data.stage import unmet
from sayso.data.walk import walk
from sayso.data.wordings import task_wordings
from sayso.errors import ConfigError, DataError
from sayso.instructions.template import check_slots
from sayso.records import AnnotatedItem, Example, Media, Record, Sample, Template, TextPart
from sayso.sources import BadRow, verify_image

__all__ = ["check_sources", "CheckReport", "Problem", "sample_problem"]

Kind: TypeAlias = Literal["source", "row", "media", "template", "task", "example", "sample"]
KEPT_PLACES = 5


class Problem(Record, frozen=True, kw_only=True):
    """`count` times the same reason; `places` are the first few (file and line, picture, template or example)."""

    kind: Kind
    reason: str
    count: int
    places: tuple[str, ...]


class CheckReport(Record, frozen=True, kw_only=True):
    """What was verified, and every problem found, most frequent first."""

    num_items: int
    num_media: int
    num_templates: int
    num_examples: int
    examples: dict[str, int]
    skipped_tasks: dict[str, str]
    problems: tuple[Problem, ...]
    max_bad_rows: int = 0

    @property
    def num_bad_rows(self) -> int:
        """Rows that a build would put into quarantine."""
        return sum(problem.count for problem in self.problems if problem.kind in {"row", "example"})

    @property
    def ok(self) -> bool:
        """Whether a run can go ahead: nothing is wrong but as many bad rows as the recipe allows."""
        others = [problem for problem in self.problems if problem.kind not in {"row", "example"}]
        return not others and self.num_bad_rows <= self.max_bad_rows


def check_sources(
    config: BuildConfig,
    *,
    seed: int,
    templates: Iterable[Template] | None = None,
    progress: Progress | None = None,
    more_comes: bool = False,
) -> CheckReport:
    """Verify everything that a build of `config` would use; `templates` None means those of the library.

    With `more_comes` a stage before the build will make items that nobody knows yet, so that a task without examples is no problem.

    Raises:
        ConfigError: a source, task or option does not exist.
    """
    plans = plan_tasks(config)
    given = list(templates) if templates is not None else _wordings(plans, config=config, seed=seed)
    checker = _Checker(config, plans=plans, templates=given, seed=seed)
    checker.check_templates()
    with tempfile.TemporaryDirectory() as scratch, closing(IdLog(Path(scratch) / "ids")) as ids:
        checker.check_rows(progress or Progress(), ids=ids)
        checker.check_ids(ids)
    if not more_comes:
        checker.check_tasks()
    return checker.report()


def _wordings(plans: list[TaskPlan], *, config: BuildConfig, seed: int) -> list[Template]:
    """Of every plan; what is wrong with them is told by `check_templates`."""
    found: list[Template] = []
    for plan in plans:
        with suppress(DataError):
            found += task_wordings(plan, config=config, seed=seed)
    return found


def sample_problem(sample: Sample) -> str | None:
    """What is wrong with the roles of a sample, or None."""
    roles: list[str] = []
    for message in sample.messages:
        for part in message.parts:
            if isinstance(part, TextPart):
                ends = [0, *(span.end for span in part.spans)]
                if [span.start for span in part.spans] != ends[:-1] or ends[-1] != len(part.text):
                    return "spans do not cover the text"
                roles += [span.role for span in part.spans]
    if roles.count("options") != bool(sample.options):
        return f"options stand {roles.count('options')} times"
    if "response" not in roles:
        return "no response"
    return None


class _Checker:
    """Counts of one walk. Pictures seen lately are not decoded twice."""

    def __init__(self, config: BuildConfig, *, plans: list[TaskPlan], templates: list[Template], seed: int) -> None:
        self._config, self._plans, self._templates, self._seed = config, plans, templates, seed
        self._problems: dict[tuple[Kind, str], list[str]] = {}
        self._counts: dict[tuple[Kind, str], int] = {}
        self._examples = {plan.task.name: 0 for plan in plans}
        self._used: dict[tuple[str, str], int] = {}
        self._caps = {"train": config.max_examples_per_task, "test": config.max_test_examples_per_task}
        self._provided: set[frozenset[str]] = set()
        self._recent: dict[str, None] = {}
        self._num_items = self._num_media = 0
        self._sampler = Sampler(
            cards=[plan.card(num_train=0, num_test=0) for plan in plans],
            templates=templates,
            prompt=config.prompt,
            seed=seed,
        )

    def check_templates(self) -> None:
        slots = {plan.task.name: plan.task.slots for plan in self._plans}
        for template in self._templates:
            if template.task in slots:
                try:
                    check_slots(template.text, slots=slots[template.task])
                except DataError as error:
                    self._add("template", str(error), place=template.id)
        for name in slots:
            if not self._sampler.templates(name, held_out=False):
                self._add("task", f"task {name!r} has no wording to train on", place=name)

    def check_rows(self, progress: Progress, *, ids: IdLog) -> None:
        progress.start("check rows")
        for at, source in enumerate(self._config.sources):
            try:
                for number, row in enumerate(walk(source, seed=self._seed)):
                    if isinstance(row, AnnotatedItem):
                        ids.add(row.id, source=at, row=number)
                    self._row(row)
                    progress.advance()
            except ConfigError:
                raise
            except DataError as error:
                self._add("source", str(error), place=source.name)

    def check_ids(self, ids: IdLog) -> None:
        if problem := repeated_id(ids, sources=self._config.sources, seed=self._seed):
            self._add("source", problem, place="ids")

    def check_tasks(self) -> None:
        if not self._num_items:
            names = ", ".join(source.name for source in self._config.sources) or "none are named"
            self._add("source", "the data set is empty", place=names)
        for plan in self._plans:
            if plan.required and not self._examples[plan.task.name]:
                self._add("task", f"task {plan.task.name!r} {self._why_none(plan)}", place=plan.task.name)

    def report(self) -> CheckReport:
        problems = [
            Problem(kind=kind, reason=reason, count=self._counts[kind, reason], places=tuple(places))
            for (kind, reason), places in self._problems.items()
        ]
        skipped = {name: self._why_none(plan) for plan in self._plans if not self._examples[name := plan.task.name]}
        return CheckReport(
            num_items=self._num_items,
            num_media=self._num_media,
            num_templates=len(self._templates),
            num_examples=sum(self._examples.values()),
            examples={name: count for name, count in self._examples.items() if count},
            skipped_tasks=skipped,
            problems=tuple(sorted(problems, key=lambda problem: -problem.count)),
            max_bad_rows=self._config.max_bad_rows,
        )

    def _why_none(self, plan: TaskPlan) -> str:
        if any(plan.task.needs <= needs for needs in self._provided):
            return "gets no example: it is held out and there are no test items, or it found nothing to ask"
        return unmet(plan.task, provided=[sorted(needs) for needs in self._provided])

    def _row(self, row: AnnotatedItem | BadRow) -> None:
        if isinstance(row, BadRow):
            self._add("row", row.reason, place=row.place)
            return
        self._num_items += 1
        for media in row.media:
            self._media(media, place=row.id)
        provided = tasks.provides(row)
        self._provided.add(provided)
        for plan in self._plans:
            if plan.task.needs <= provided and (plan.held_out is None or row.split == "test"):
                self._task(plan, row)

    def _task(self, plan: TaskPlan, item: AnnotatedItem) -> None:
        """The examples of an item, as far as the recipe's caps would take them."""
        key, cap = (item.split, plan.task.name), self._caps[item.split]
        for example in self._make(plan, item):
            if cap is not None and self._used.get(key, 0) >= cap:
                return
            self._used[key] = self._used.get(key, 0) + 1
            self._example(example, plan)

    def _media(self, media: Media, *, place: str) -> None:
        if media.path is not None and media.path in self._recent:
            return
        self._num_media += 1
        try:
            verify_image(media)
        except DataError as error:
            self._add("media", str(error), place=place)
        if media.path is not None:
            self._recent[media.path] = None
            if len(self._recent) > 4096:
                del self._recent[next(iter(self._recent))]

    def _make(self, plan: TaskPlan, item: AnnotatedItem) -> Iterator[Example]:
        try:
            yield from tasks.make_examples(plan.task, item=item, seed=self._seed)
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything, and all problems are to be listed
            self._add("task", f"task {plan.task.name!r} failed: {type(error).__name__}: {error}", place=item.id)

    def _example(self, example: Example, plan: TaskPlan) -> None:
        self._examples[example.task] += 1
        if problem := example_problem(example, slots=plan.task.slots, style=self._config.prompt.options):
            self._add("example", f"task {example.task}: {problem}", place=example.id)
            return
        if not self._sampler.templates(example.task, held_out=False):
            return
        try:
            problem = sample_problem(self._sampler.train_sample(example, epoch=0))
        except DataError as error:
            problem = str(error)
        if problem:
            self._add("sample", f"task {example.task}: {problem}", place=example.id)

    def _add(self, kind: Kind, reason: str, *, place: str) -> None:
        key = (kind, reason)
        self._counts[key] = self._counts.get(key, 0) + 1
        places = self._problems.setdefault(key, [])
        if len(places) < KEPT_PLACES:
            places.append(place)
