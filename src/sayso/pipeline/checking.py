"""Everything of a recipe that can be verified before a model is imported."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from sayso.artifacts import Progress
from sayso.config import AugmentConfig, BuildConfig, Node, Recipe, SynthesizeConfig, TrainConfig
from sayso.data.check import CheckReport, Problem, check_sources
from sayso.errors import DataError
from sayso.instructions.augment.stage import check_augment
from sayso.instructions.synthesizing.stage import check_synthesize
from sayso.instructions.task_templates.marking import make_marker
from sayso.pipeline.patterns import NodeView, check_inputs, view_nodes
from sayso.pipeline.plugins import check_plugins

__all__ = ["check_recipe", "CheckResult"]

SHOWN = 30
"""Kinds of problems that are printed; in large data every row may have one of its own."""


@dataclass(frozen=True)
class CheckResult:
    """One report per build stage of a recipe, and a view of every stage after."""

    reports: dict[str, CheckReport]
    nodes: tuple[NodeView, ...] = ()

    @property
    def lines(self) -> list[str]:
        """The reports for people."""
        told = [line for name, report in self.reports.items() for line in _report_lines(name, report)]
        return told + [node.line for node in self.nodes]

    def as_json(self) -> dict[str, Any]:
        """`{"ok", "stages": {name: report}, "nodes": {name: {"kind", "from", "tasks"}}}`; nodes are the stages that read others and are no build."""
        ok = all(report.ok for report in self.reports.values())
        reports = {name: msgspec.to_builtins(report) for name, report in self.reports.items()}
        return {"ok": ok, "stages": reports, "nodes": {node.name: node.as_json() for node in self.nodes}}

    def raise_if_bad(self) -> None:
        """Refuse data that a run could not use.

        Raises:
            DataError: anything is wrong beyond the bad rows that the recipe allows; lists it.
        """
        bad = [(name, report) for name, report in self.reports.items() if not report.ok]
        if bad:
            listed = "\n".join(f"  {line}" for _, report in bad for line in _problem_lines(report))
            names = ", ".join(name for name, _ in bad)
            raise DataError(
                f"stage {names}: the data cannot be used as they are:\n{listed}\n"
                "mend these, or let a build keep bad rows aside with --set build.max_bad_rows=NUMBER"
            )


def check_recipe(recipe: Recipe, *, progress: Progress | None = None) -> CheckResult:
    """Verify every plugin name, and every row, image, template and role of every build stage.

    Raises:
        ConfigError: a plugin, task or option does not exist, or a stage names tasks that its build does not have.
        DataError: a line of a file of templates, or a file of task templates, is wrong.
    """
    for node in recipe.nodes:
        check_plugins(node)
        check_inputs(node, recipe)
        if isinstance(node.config, AugmentConfig):
            check_augment(node.config)
        if isinstance(node.config, SynthesizeConfig):
            check_synthesize(node.config)
        if isinstance(node.config, TrainConfig):
            make_marker(node.config.task_templates)
    reports = {
        node.name: _check_build(node.config, node=node, recipe=recipe, progress=progress or Progress())
        for node in recipe.of_kind("build")
        if isinstance(node.config, BuildConfig)
    }
    built = {name: report.examples for name, report in reports.items()}
    return CheckResult(reports, tuple(view_nodes(recipe, built=built)))


def _check_build(config: BuildConfig, *, node: Node, recipe: Recipe, progress: Progress) -> CheckReport:
    made = any(recipe.node(name).kind == "synthesize" for name in node.inputs)
    return check_sources(config, seed=recipe.seed, progress=progress, more_comes=made)


def _report_lines(name: str, report: CheckReport) -> Iterator[str]:
    yield (
        f"{name}: {report.num_items:,} items, {report.num_media:,} media decoded, {report.num_templates:,} templates, "
        f"{report.num_examples:,} examples of {len(report.examples)} tasks: {'good' if report.ok else 'NOT usable'}"
    )
    for line in _problem_lines(report):
        yield f"  {line}"
    for task, reason in report.skipped_tasks.items():
        yield f"  skipped {task}: {reason}"


def _problem_lines(report: CheckReport) -> Iterator[str]:
    yield from map(_problem_line, report.problems[:SHOWN])
    if rest := report.problems[SHOWN:]:
        yield f"{sum(problem.count for problem in rest)} problems of {len(rest)} more kinds; --json lists all"


def _problem_line(problem: Problem) -> str:
    more = f" and {problem.count - len(problem.places)} more" if problem.count > len(problem.places) else ""
    return f"{problem.count} x {problem.kind}: {problem.reason} (at {', '.join(problem.places)}{more})"
