"""One pass over the data that feeds every check: items are read once, examples made, rendered and handed round."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from sayso import tasks
from sayso.artifacts import Progress
from sayso.config import BuildConfig
from sayso.data.plan import TaskPlan, example_problem
from sayso.data.samples import Sampler
from sayso.data.walk import walk
from sayso.errors import DataError
from sayso.evaluate.proof._protocol import Proof, Seen, Subject
from sayso.records import AnnotatedItem, Example, Sample, Template
from sayso.sources import BadRow

__all__ = ["feed", "Walked"]

FULL = 200
"""So many examples of a task are rendered under all of its wordings, later ones under one in turn."""


@dataclass
class Walked:
    """What went by: items in all, sources cut short or without any usable row, examples by task, sources by task, needs that items met."""

    num_items: int = 0
    truncated: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    examples: Counter[str] = field(default_factory=Counter)
    sources: dict[str, list[str]] = field(default_factory=dict)
    provided: set[frozenset[str]] = field(default_factory=set)


class _Walk:
    """The state of one pass."""

    def __init__(
        self,
        checks: Sequence[Proof],
        *,
        plans: Sequence[TaskPlan],
        templates: Iterable[Template],
        config: BuildConfig,
        seed: int,
    ) -> None:
        self.walked = Walked()
        self._checks, self._config, self._seed = checks, config, seed
        written: dict[str, list[Template]] = {}
        for template in templates:
            written.setdefault(template.task, []).append(template)
        self._subjects = [_subject(plan, written.get(plan.task.name, ()), seed=seed) for plan in plans]
        cards = [plan.card(num_train=0, num_test=0) for plan in plans]
        self._sampler = Sampler(cards=cards, templates=(), prompt=config.prompt, seed=seed)
        for subject in self._subjects:
            for check in checks:
                check.start(subject)

    def row(self, row: AnnotatedItem | BadRow) -> None:
        """One row of a source."""
        if isinstance(row, BadRow):
            for check in self._checks:
                check.see_bad_row(row)
            return
        self.walked.num_items += 1
        for check in self._checks:
            check.see_item(row)
        provided = tasks.provides(row)
        self.walked.provided.add(provided)
        for subject in self._subjects:
            if subject.task.needs <= provided:
                for example in self._examples(row, subject=subject):
                    self._example(example, subject=subject, group=row.group)

    def _examples(self, item: AnnotatedItem, *, subject: Subject) -> list[Example]:
        try:
            return list(tasks.make_examples(subject.task, item=item, seed=self._seed))
        except Exception as error:  # noqa: BLE001 - a task may be anybody's; that it fails is what is to be found
            for check in self._checks:
                check.see_failure(subject, item, error)
            return []

    def _example(self, example: Example, *, subject: Subject, group: str) -> None:
        name = subject.task.name
        names = self.walked.sources.setdefault(name, [])
        if example.source not in names:
            names.append(example.source)
        problem = None
        if not example.messages:
            problem = example_problem(example, slots=subject.task.slots, style=self._config.prompt.options)
        if problem:
            for check in self._checks:
                check.see_unusable(subject, example, problem)
            return
        self.walked.examples[name] += 1
        seen = replace(self._render(example, subject=subject, number=self.walked.examples[name]), group=group)
        for check in self._checks:
            check.see(seen)

    def _render(self, example: Example, *, subject: Subject, number: int) -> Seen:
        full = number <= FULL
        chosen = subject.templates if full else subject.templates[number % max(1, len(subject.templates)) :][:1]
        prompts: list[Sample] = []
        failures: dict[str, str] = {}
        for template in chosen:
            try:
                prompts.append(self._sampler.test_sample(example, template=template))
            except DataError as error:
                failures[template.id] = str(error)
        return Seen(
            subject=subject,
            example=example,
            prompts=tuple(prompts),
            config=self._config.prompt,
            failures=failures,
            full=full,
        )


def _subject(plan: TaskPlan, templates: Iterable[Template], *, seed: int) -> Subject:
    return Subject(task=plan.task, templates=tuple(templates), brought=bool(plan.brought), seed=seed)


def feed(
    checks: Sequence[Proof],
    *,
    plans: Sequence[TaskPlan],
    templates: Iterable[Template],
    config: BuildConfig,
    seed: int,
    progress: Progress | None = None,
) -> Walked:
    """Hand every row of the sources of `config` to the checks, in order and once.

    Raises:
        ConfigError: a source does not exist, or an option is wrong.
        DataError: a source as a whole cannot be read.
    """
    bar = progress or Progress()
    state = _Walk(checks, plans=plans, templates=templates, config=config, seed=seed)
    for source in config.sources:
        bar.start(f"prove tasks on {source.name}", total=source.max_items)
        before = state.walked.num_items
        for row in walk(source, seed=seed):
            state.row(row)
            bar.advance()
        if state.walked.num_items - before == source.max_items:
            state.walked.truncated.append(source.name)
        if state.walked.num_items == before:
            state.walked.empty.append(f"{source.name} ({source.use})")
    return state.walked
