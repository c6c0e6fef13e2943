"""What is to be evaluated: tasks with their examples and wordings, and the units of work that resume on their own.

Examples are those whose ids hash lowest under the run's seed, so that a larger number takes in a smaller one, and every model,
condition and wording meets the same ones. Wordings are those of the library, trained and held-out alike; augmented ones are
left out, since other runs would not have them, unless a limited build trained on nothing else. Of those that an augment stage held out, a few
per task and distance are asked too, since that is what they are kept for. Where a file of predictions says under which wordings they were given, those alone are asked. The tuned model on unchanged input meets all of them, everything that is only
compared with it the first `reference_wordings`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from heapq import nsmallest
from pathlib import Path

from sayso.config import EvaluateConfig, PluginConfig
from sayso.data import BuildFolder, Card, Sampler
from sayso.data.selection import pick_tasks
from sayso.errors import DataError, did_you_mean
from sayso.evaluate.scoring import TaskInfo
from sayso.instructions.prompting import promptings
from sayso.instructions.template import parse, render
from sayso.records import Example, Media, Regions, Sample, Template
from sayso.seeds import derive

__all__ = ["condition_of", "has_answer", "main_model", "make_plans", "TaskPlan", "Unit", "units"]

PLAIN = PluginConfig(name="plain")
NUM_POOL = 128
GROUP_OF = {None: "held_in", "task": "held_out_task", "category": "held_out_category"}


@dataclass(frozen=True, kw_only=True)
class TaskPlan:
    """One task: its examples and wordings, trained ones first; `num_reference` of these are used for comparisons."""

    task: TaskInfo
    examples: tuple[Example, ...]
    templates: tuple[Template, ...]
    num_reference: int
    sampler: Sampler = field(repr=False)
    pool: tuple[Example, ...] = field(default=(), repr=False)
    """What demonstrations are chosen from; none of `examples` is among them."""

    @property
    def reference_templates(self) -> tuple[Template, ...]:
        """The first trained wordings, or the first of any where none is trained on."""
        trained = tuple(template for template in self.templates if not template.held_out)
        return (trained or self.templates)[: self.num_reference]

    def samples(self, templates: tuple[Template, ...]) -> list[Sample]:
        """Every example under every one of the templates, wording by wording."""
        return [self.sampler.test_sample(example, template=t) for t in templates for example in self.examples]

    def demonstrations(self, template: Template) -> list[Sample]:
        """The pool under one wording, with answers."""
        return [self.sampler.demonstration(example, template=template) for example in self.pool]

    @property
    def media(self) -> dict[str, tuple[Media, ...]]:
        """The media of each example, by its id."""
        return {example.id: example.media for example in self.examples}

    @cached_property
    def by_example(self) -> dict[str, Sample]:
        """One sample of each example, for what does not depend on the wording: options and references."""
        first = self.templates[0]
        return {example.id: self.sampler.test_sample(example, template=first) for example in self.examples}


@dataclass(frozen=True, kw_only=True)
class Unit:
    """A model on a condition of a task: the piece of work that is written at once.

    `change` is the perturbation that the condition is, `others` are instructions of other tasks that have no slots.
    """

    model: str
    condition: str
    plan: TaskPlan
    full: bool
    change: PluginConfig = PLAIN
    others: tuple[str, ...] = ()

    @property
    def templates(self) -> tuple[Template, ...]:
        """All wordings where `full`, else those for comparison."""
        return self.plan.templates if self.full else self.plan.reference_templates

    def path(self, folder: Path) -> Path:
        """Where its predictions are kept."""
        return folder / "predictions" / f"{self.model}-{self.condition}" / f"{self.plan.task.name}.jsonl"


def make_plans(
    build: BuildFolder, *, config: EvaluateConfig, seed: int, where: str = "evaluate.tasks"
) -> list[TaskPlan]:
    """A plan per task that `config.tasks` names and that has test examples.

    Raises:
        ConfigError: a pattern of `config.tasks` matches no task of the build; `where` is what the error names.
        DataError: no task has any test example, or a task has no wording.
    """
    store, sampler = build.store("test"), build.sampler()
    chosen = {card.name for card in pick_tasks(build.cards, patterns=config.tasks, where=where)}
    chosen |= {card.name for card in build.cards if config.held_out and card.held_out}
    tested = [card for card in build.cards if card.name in chosen and store.task_sizes.get(card.name)]
    if not tested:
        raise DataError(
            f"{build.path} has no test examples for {_said(chosen, total=len(build.cards))}; "
            "give a source with `use: test`, or `use: split` with a larger test_fraction"
        )
    plans = []
    for card in tested:
        examples = _lowest(store.iter(card.name), number=config.max_examples_per_task, seed=seed)
        templates = _wordings(sampler, card, config=config, seed=seed)
        pool = _pool(build, card, tested=examples, seed=seed) if (needed := _num_shown(config)) else ()
        if len(pool) < needed:
            raise DataError(
                f"task {card.name!r} has {len(pool)} examples with an answer that are not asked, and {needed} demonstrations are to be shown; "
                "give it training examples, or a smaller max_examples_per_task or num_demonstrations"
            )
        plans.append(
            TaskPlan(
                task=_info(card),
                examples=examples,
                templates=templates,
                num_reference=config.reference_wordings,
                sampler=sampler,
                pool=pool,
            )
        )
    return plans


def _num_shown(config: EvaluateConfig) -> int:
    """How many demonstrations the prompting shows at least."""
    return promptings.build(config.prompting.name, config.prompting.options).num_demonstrations


def _pool(build: BuildFolder, card: Card, *, tested: tuple[Example, ...], seed: int) -> tuple[Example, ...]:
    """Training examples of the task, or, for one that is never trained on, test examples that are not asked."""
    split = "train" if build.store("train").task_sizes.get(card.name) else "test"
    asked = {example.id for example in tested}
    others = (one for one in build.store(split).iter(card.name) if one.id not in asked and has_answer(one))
    return _lowest(others, number=NUM_POOL, seed=seed)


def has_answer(example: Example) -> bool:
    """Whether an example can be shown with its first reference."""
    first = next(iter(example.references), "")
    return bool(first.items if isinstance(first, Regions) else first)


def _said(names: set[str], *, total: int) -> str:
    return f"its {total} tasks" if len(names) == total else ", ".join(sorted(names))


def main_model(models: Sequence[str]) -> str:
    """The one that is asked everything, and whose numbers the headline has: the tuned one, else the first."""
    return "tuned" if "tuned" in models or not models else models[0]


def condition_of(config: EvaluateConfig, name: str) -> PluginConfig:
    """The perturbation that a condition is."""
    return config.perturbations.get(name, PluginConfig(name=name))


def units(plans: list[TaskPlan], *, config: EvaluateConfig) -> Iterator[Unit]:
    """All units, model by model; only the main model meets other conditions than `plain`."""
    main = main_model(config.models)
    others = {plan.task.name: _others(plan, plans=plans) for plan in plans}
    for model in config.models:
        for plan in plans:
            for condition in config.conditions if model == main else ("plain",):
                yield Unit(
                    model=model,
                    condition=condition,
                    plan=plan,
                    full=model == main and condition == "plain",
                    change=condition_of(config, condition),
                    others=others[plan.task.name],
                )


def _others(plan: TaskPlan, *, plans: list[TaskPlan]) -> tuple[str, ...]:
    """What the other tasks ask in wordings that somebody wrote and that need nothing to be filled in, and this task does not."""
    own = {template.text for template in plan.templates}
    texts = [t.text for other in plans if other is not plan for t in other.templates if t.lineage is None]
    wrong = [parse(text) for text in dict.fromkeys(texts) if text not in own]
    return tuple(render(one, values={})[0] for one in wrong if not one.slots)


def _info(card: Card) -> TaskInfo:
    return TaskInfo(
        name=card.name,
        category=card.category,
        group=GROUP_OF[card.held_out],
        output=card.output,
        metrics=card.metrics,
    )


def _lowest(examples: Iterator[Example], *, number: int, seed: int) -> tuple[Example, ...]:
    ranked = ((derive(seed, "evaluate", example.id), example.id, example) for example in examples)
    return tuple(example for _, _, example in nsmallest(number, ranked, key=lambda row: row[:2]))


def _wordings(sampler: Sampler, card: Card, *, config: EvaluateConfig, seed: int) -> tuple[Template, ...]:
    trained, held_out = (sampler.templates(card.name, held_out=group) for group in (False, True))
    if named := _named(config):
        return _only((*trained, *held_out), names=named, task=card.name)
    found = ([t for t in trained if t.lineage is None] or list(trained))[: config.max_wordings]
    found += [t for t in held_out if t.lineage is None][: config.max_wordings]
    found += _generated(held_out, limit=config.max_generated_wordings, seed=seed)
    if not found:
        raise DataError(f"task {card.name!r} has no wording of the library to be asked with; add one to its templates")
    return tuple(found)


def _named(config: EvaluateConfig) -> tuple[str, ...]:
    """The wordings that a file of predictions says it answers; none where its rows say it themselves."""
    options = config.backend.options if config.backend.name == "file" else {}
    return tuple(options.get("templates") or filter(None, [options.get("template")]))


def _only(templates: Iterable[Template], *, names: tuple[str, ...], task: str) -> tuple[Template, ...]:
    known = {template.id: template for template in templates}
    if found := tuple(known[name] for name in names if name in known):
        return found
    raise DataError(
        f"evaluate.backend answers the wordings {', '.join(names)}, and task {task!r} has none of them"
        f"{did_you_mean(names[0], list(known))}; give one of these, or leave the task out of evaluate.tasks"
    )


def _generated(held_out: Iterable[Template], *, limit: int, seed: int) -> Iterator[Template]:
    """Up to `limit` held-out wordings of an augment stage at each distance, drawn so that a larger limit takes in a smaller one."""
    by_distance: dict[str, list[Template]] = {}
    for template in held_out:
        if template.lineage is not None:
            by_distance.setdefault(template.distance or "", []).append(template)
    for _, templates in sorted(by_distance.items()):
        yield from nsmallest(limit, templates, key=lambda one: (derive(seed, "evaluate", one.id), one.id))
