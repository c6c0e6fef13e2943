"""`sayso tasks check`: proves tasks on data, in one pass, and says what is wrong in a table and in findings."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import yaml

from sayso.artifacts import Progress, write_json
from sayso.config import BuildConfig, Recipe, SourceConfig
from sayso.data.plan import TaskPlan, plan_tasks
from sayso.data.wordings import task_wordings
from sayso.errors import ConfigError, DataError, GateError, blame
from sayso.evaluate.blindness import Blindness
from sayso.evaluate.proof import LEVELS, Finding, Proof, proofs
from sayso.evaluate.proof._tally import many
from sayso.evaluate.proof._walk import Walked, feed
from sayso.instructions.library import load_templates
from sayso.records import Record, Template
from sayso.tasks import in_words

__all__ = ["prove_recipe", "prove_tasks", "Proven", "source_of", "TaskRow"]

SHOWN = 60
"""Findings that are printed; in large data every task may have several."""


class TaskRow(Record, frozen=True, kw_only=True):
    """One task of the table. `blind` is None where there is no example; `result` is `ok`, `notes`, or names the checks that failed."""

    name: str
    category: str
    output: str
    sources: tuple[str, ...]
    num_examples: int
    held_in_wordings: int
    held_out_wordings: int
    blind: dict[str, float | int | None] | None
    result: str


@dataclass(frozen=True, kw_only=True)
class Proven:
    """A row for each task, every finding, worst first, and how much was looked at."""

    rows: tuple[TaskRow, ...]
    findings: tuple[Finding, ...]
    checks: dict[str, str]
    num_items: int
    truncated: tuple[str, ...]
    max_items: int | None

    @property
    def ok(self) -> bool:
        """Whether no finding is an error."""
        return not any(finding.level == "error" for finding in self.findings)

    @property
    def head(self) -> str:
        """What was looked at, in one line."""
        built = sum(1 for row in self.rows if row.num_examples)
        counts = ", ".join(many(self._count(level), level) for level in LEVELS)
        cut = (
            f"; only the first {self.max_items:,} items of {', '.join(self.truncated)} (--max-items)"
            if self.truncated
            else ""
        )
        examples = sum(row.num_examples for row in self.rows)
        return (
            f"{self.num_items:,} items, {examples:,} examples of {built} tasks (of {len(self.rows)}), "
            f"{len(self.checks)} checks: {counts}{cut}"
        )

    def _count(self, level: str) -> int:
        return sum(finding.level == level for finding in self.findings)

    @property
    def headings(self) -> tuple[str, ...]:
        """Of the columns of `table`."""
        return HEADINGS

    @property
    def table(self) -> list[tuple[str, ...]]:
        """A row of text for each task."""
        return [cells(row) for row in self.rows]

    @property
    def lines(self) -> list[str]:
        """The findings for people."""
        lines = [_line(finding) for finding in self.findings[:SHOWN]]
        more = len(self.findings) - SHOWN
        return [*lines, f"{more} more findings; --json or --out FILE lists all"] if more > 0 else lines

    def as_json(self) -> dict[str, Any]:
        """`{"ok", "num_items", "max_items", "truncated", "checks", "tasks", "findings"}`."""
        return {
            "ok": self.ok,
            "num_items": self.num_items,
            "max_items": self.max_items,
            "truncated": list(self.truncated),
            "checks": self.checks,
            "tasks": msgspec.to_builtins([_full(row) for row in self.rows]),
            "findings": msgspec.to_builtins(self.findings),
        }

    def write(self, path: Path) -> None:
        """As Markdown or JSON, by the ending of `path`.

        Raises:
            ConfigError: another ending.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".json":
            write_json(path, self.as_json())
        else:
            path.write_text("\n".join(_markdown(self)) + "\n", encoding="utf-8")

    def raise_if_bad(self) -> None:
        """Refuse tasks that are wrong on these data.

        Raises:
            GateError: a finding is an error.
        """
        if not self.ok:
            names = sorted({finding.check for finding in self.findings if finding.level == "error"})
            raise GateError(
                f"{many(self._count('error'), 'error')} ({', '.join(names)}); the findings above say where and what to do"
            )


def _full(row: TaskRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__struct_fields__}


def _line(finding: Finding) -> str:
    where = f"{finding.task}: " if finding.task else ""
    ids = f" (first: {', '.join(finding.examples)})" if finding.examples else ""
    remedy = f"; {finding.remedy}" if finding.remedy else ""
    return f"{finding.level:8}{finding.check}: {where}{finding.text}{ids}{remedy}"


def cells(row: TaskRow) -> tuple[str, ...]:
    """A row of the table as text."""
    wordings = f"{row.held_in_wordings} + {row.held_out_wordings}"
    return (
        row.name,
        row.category,
        row.output,
        ", ".join(row.sources) or "-",
        f"{row.num_examples:,}",
        wordings,
        _blind(row),
        row.result,
    )


HEADINGS = ("task", "category", "output", "sources", "examples", "wordings", "blind", "result")
"""Of the table; wordings are held-in + held-out."""


def _blind(row: TaskRow) -> str:
    found = row.blind
    if not found:
        return "-"
    if found["chance"] is None:
        return f"top {found['top_answer_share']:.0%}"
    return f"{found['accuracy']:.2f} of {found['chance']:.2f}"


def _markdown(proven: Proven) -> Iterator[str]:
    yield "# Tasks, proven on data"
    yield f"\n{proven.head}.\n"
    yield f"| {' | '.join(HEADINGS)} |"
    yield f"|{'---|' * len(HEADINGS)}"
    for row in proven.table:
        yield f"| {' | '.join(row)} |"
    yield (
        "\n`wordings`: held-in + held-out. `blind`: accuracy of a probe that sees text and options alone, of chance; for open "
        "answers the share of the commonest.\n"
    )
    yield "## Findings\n"
    for finding in proven.findings:
        yield f"- {' '.join(_line(finding).split())}"
    yield "\n## Checks\n"
    for name, summary in proven.checks.items():
        yield f"- `{name}`: {summary}"


def source_of(name: str, settings: Iterable[str], *, use: str | None = None) -> SourceConfig:
    """The entry of a recipe's `sources:` for a source and its options written `key=value`, each value in YAML.

    Raises:
        ConfigError: a setting is no `key=value`, or its value is not YAML.
    """
    options: dict[str, Any] = {}
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals or not key.strip():
            raise ConfigError(f"--set {setting!r} is not KEY=VALUE; for example --set count=600")
        try:
            options[key.strip()] = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise ConfigError(f"--set {setting!r}: {' '.join(str(error).split())}") from error
    with blame(ConfigError, f"source {name!r}"):
        return SourceConfig(**{"name": name, **options, **({"use": use} if use else {})})


def prove_recipe(
    recipe: Recipe, *, patterns: Sequence[str], max_items: int | None, progress: Progress | None = None
) -> Proven:
    """Prove the tasks of a recipe on the sources of its first build that has some; `patterns` replace its tasks.

    Raises:
        ConfigError: it has no build with sources, or a task or source does not exist.
        DataError: a source cannot be read.
    """
    for node in recipe.of_kind("build"):
        if isinstance(node.config, BuildConfig) and node.config.sources:
            changed = node.config.model_copy(update={"tasks": tuple(patterns)} if patterns else {})
            return _prove(changed, seed=recipe.seed, max_items=max_items, progress=progress)
    raise ConfigError(f"recipe {recipe.name!r} has no build with sources; add build.sources, or use --source NAME")


def prove_tasks(
    patterns: Sequence[str],
    *,
    sources: Iterable[SourceConfig],
    max_items: int | None = 3000,
    seed: int = 0,
    progress: Progress | None = None,
) -> Proven:
    """Prove every task that one of `patterns` selects (all of them, if there is none) on `sources`.

    Raises:
        ConfigError: a task or source does not exist, or an option is wrong.
        DataError: a source cannot be read.
    """
    config = BuildConfig(sources=tuple(sources), tasks=tuple(patterns) or ("*",))
    return _prove(config, seed=seed, max_items=max_items, progress=progress)


def _prove(config: BuildConfig, *, seed: int, max_items: int | None, progress: Progress | None) -> Proven:
    limited = [_limit(source, max_items) for source in config.sources]
    config = config.model_copy(update={"sources": tuple(limited)})
    plans = plan_tasks(config)
    problems: list[Finding] = []
    templates = {plan.task.name: _wordings(plan, config=config, seed=seed, problems=problems) for plan in plans}
    checks = {name: proofs.get(name)() for name in proofs.names()}
    flat = [template for own in templates.values() for template in own]
    walked = feed(list(checks.values()), plans=plans, templates=flat, config=config, seed=seed, progress=progress)
    problems += _unfed(plans, walked=walked)
    found = problems + [finding for check in checks.values() for finding in check.findings()]
    findings = tuple(sorted(found, key=lambda finding: (LEVELS.index(finding.level), finding.check, finding.task)))
    return Proven(
        rows=tuple(
            _row(plan, templates[plan.task.name], walked=walked, checks=checks, findings=findings) for plan in plans
        ),
        findings=findings,
        checks={name: check.summary for name, check in checks.items()},
        num_items=walked.num_items,
        truncated=tuple(walked.truncated),
        max_items=max_items,
    )


def _unfed(plans: Sequence[TaskPlan], *, walked: Walked) -> Iterator[Finding]:
    """Tasks that were asked for by name and got no example, or all of them: what is not there is not proven."""
    for plan in plans:
        if plan.required and not walked.examples[plan.task.name]:
            reason = _unmet(plan, walked=walked)
            text = f"there is no example, so nothing is proven ({reason})"
            remedy = f"use a source that has {in_words(plan.task.needs)}"
            yield Finding(check="examples", level="error", task=plan.task.name, text=text, remedy=remedy)
    for name in walked.empty:
        text = f"source {name} has no usable row"
        remedy = "look at the rows set aside, and at the options of the source"
        yield Finding(check="examples", level="error", text=text, remedy=remedy)
    if not walked.examples:
        text = f"no example could be made of {many(walked.num_items, 'item')}, so nothing is proven"
        yield Finding(
            check="examples",
            level="error",
            text=text,
            remedy="look at the rows set aside, and at the options of the source",
        )


def _unmet(plan: TaskPlan, *, walked: Walked) -> str:
    if any(plan.task.needs <= kind for kind in walked.provided):
        return "nothing to ask"
    missing = plan.task.needs - {need for kind in walked.provided for need in kind}
    return f"no {', '.join(sorted(missing))}" if missing else "needs never met together"


def _limit(source: SourceConfig, limit: int | None) -> SourceConfig:
    limits = [number for number in (source.max_items, limit) if number is not None]
    return source.model_copy(update={"max_items": min(limits)}) if limits else source


def _wordings(plan: TaskPlan, *, config: BuildConfig, seed: int, problems: list[Finding]) -> list[Template]:
    """As a build takes them. Why it would refuse them is a problem; they are still there to be judged, if they can be read."""
    try:
        return task_wordings(plan, config=config, seed=seed)
    except DataError as error:
        problems.append(Finding(check="wordings", level="error", task=plan.task.name, text=str(error)))
    with suppress(DataError):
        return list(plan.brought or load_templates(plan.task))
    return []


def _row(
    plan: TaskPlan, templates: list[Template], *, walked: Walked, checks: dict[str, Proof], findings: Sequence[Finding]
) -> TaskRow:
    task = plan.task
    held_out = sum(template.held_out for template in templates)
    blind = next((found for check in checks.values() if (found := check.blindness(task.name))), None)
    return TaskRow(
        name=task.name,
        category=task.category,
        output=task.output,
        sources=tuple(walked.sources.get(task.name, ())),
        num_examples=walked.examples[task.name],
        held_in_wordings=len(templates) - held_out,
        held_out_wordings=held_out,
        blind=_numbers(blind) if blind else None,
        result=_result(plan, walked=walked, findings=[one for one in findings if one.task == task.name]),
    )


def _numbers(blind: Blindness) -> dict[str, float | int | None]:
    return {name: getattr(blind, name) for name in type(blind).__dataclass_fields__}


def _result(plan: TaskPlan, *, walked: Walked, findings: Sequence[Finding]) -> str:
    for level, said in (("error", "FAILED"), ("warning", "warnings")):
        if names := sorted({finding.check for finding in findings if finding.level == level}):
            return f"{said}: {', '.join(names)}"
    if not walked.examples[plan.task.name]:
        return f"no example: {_unmet(plan, walked=walked)}"
    return "notes" if findings else "ok"
