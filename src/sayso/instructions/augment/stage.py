"""The stage `augment`: for every selected task, its library wordings and what the paraphraser adds that the filters keep.

By rules, one file per task, written whole or not at all, is the unit of resume. A language model is asked for all tasks at once; its replies
lie beside the stage in `RUN/calls.sqlite`, so a run that was killed asks for none of them again, and neither does one with other
filters. Everything is a pure function of the config, the seed and the replies, so a run that was killed ends as one that was not.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sayso.artifacts import Progress, StageContext, read_jsonl, write_jsonl
from sayso.config import AugmentConfig, HeldOutWordingsConfig
from sayso.errors import ConfigError, DataError
from sayso.instructions.augment.brought import Brought, tasks_of
from sayso.instructions.augment.counting import count, is_usable
from sayso.instructions.augment.expand import Expansion, Growing, JudgedTemplate, Usage, expand, open_and_expand
from sayso.instructions.augment.further import further_templates
from sayso.instructions.augment.holding_out import hold_out, unused_operations
from sayso.instructions.augment.paraphrasers._protocol import ModelParaphraser, paraphrasers
from sayso.instructions.augment.review_file import Decision
from sayso.instructions.augment.reviewing import apply, read_checked
from sayso.instructions.augment.strategies._protocol import strategies
from sayso.instructions.filters.chain import build_chain
from sayso.instructions.library import load_templates
from sayso.records import Template
from sayso.tasks import Task, select

__all__ = ["check_augment", "expansion", "run"]

STORE = "calls.sqlite"
"""The file beside a stage where the replies of language models are kept."""


def run(context: StageContext) -> dict[str, Any]:
    """Write `templates.jsonl`, `candidates.jsonl` and `tasks/`, and `meta_prompts.jsonl` where there are any; returns the counts.

    Raises:
        ConfigError: no task is selected, or a plugin or one of its options is unknown.
        DataError: a line of the file of further templates or of the review is wrong; names file and line.
        BackendError: a language model gave up; the same command goes on.
    """
    config: AugmentConfig = context.config
    brought = tasks_of(config.sources)
    tasks = _select(config, brought)
    extra = further_templates(config.templates, tasks=brought.tasks)
    reviewed = read_checked(config.review, tasks=sorted(brought.tasks))
    output = _Output(folder=context.folder, reviewed=reviewed, held_out=config.held_out, seed=context.seed)
    how = expansion(config, seed=context.seed, store=output.store, progress=context.progress)
    wordings = {task.name: _wordings(task, extra, brought) for task in tasks}
    _remove_unfinished(context.folder)
    used = _expand(context, tasks=tasks, wordings=wordings, output=output, how=how)
    return {
        **_collect(output, tasks),
        **used,
        **_other_tasks(extra, tasks),
        **_held_out(context.folder, config=config.held_out),
    }


def check_augment(config: AugmentConfig) -> None:
    """Verify what `run` would use, without making a wording.

    Raises:
        ConfigError: no task is selected, or a plugin or one of its options is unknown.
        DataError: a line of the file of further templates or of the review is wrong; names file and line.
    """
    brought = tasks_of(config.sources)
    _select(config, brought)
    further_templates(config.templates, tasks=brought.tasks)
    read_checked(config.review, tasks=sorted(brought.tasks))
    expansion(config, seed=0)


def expansion(
    config: AugmentConfig, *, seed: int, store: Path | None = None, progress: Progress | None = None
) -> Expansion:
    """How a recipe expands; the replies that a filter asks for are kept in the file `store`.

    Raises:
        ConfigError: a plugin or one of its options is unknown.
    """
    return Expansion(
        paraphraser=paraphrasers.build(config.paraphraser.name, config.paraphraser.options),
        strategy=strategies.build(config.strategy.name, config.strategy.options),
        chain=build_chain(config.filters, store=store, progress=progress),
        max_wordings=config.max_wordings,
        seed=seed,
    )


Wordings = tuple[Sequence[Template], Sequence[Template]]
"""A task's own, and further ones."""


@dataclass(frozen=True, kw_only=True)
class _Output:
    """Where a task's wordings go, and what is done to them when the filters are through: a person's review, then some are held out."""

    folder: Path
    reviewed: Mapping[str, Sequence[Decision]]
    held_out: HeldOutWordingsConfig
    seed: int

    @property
    def store(self) -> Path:
        """Where the replies of language models are kept: beside the stage, so that another config finds them too."""
        return self.folder.parent / STORE

    def path(self, task: Task) -> Path:
        """The file of one task."""
        return self.folder / "tasks" / f"{task.name}.jsonl"

    def write(self, task: Task, rows: Iterable[JudgedTemplate]) -> None:
        """All wordings of a task, whole or not at all."""
        reviewed = apply(rows, self.reviewed.get(task.name, ()), slots=task.slots)
        write_jsonl(self.path(task), hold_out(reviewed, config=self.held_out, seed=self.seed))


def _select(config: AugmentConfig, brought: Brought) -> list[Task]:
    tasks = select(config.tasks, among=brought.tasks)
    if not tasks:
        raise ConfigError(f"augment.tasks {list(config.tasks)} matches no task; type: sayso tasks list")
    return tasks


def _wordings(task: Task, extra: dict[str, list[Template]], brought: Brought) -> Wordings:
    given = brought.templates.get(task.name) or load_templates(task)
    if not given and task.name not in extra:
        raise DataError(f"task {task.name!r} has no wording; add some with augment.templates: FILE.jsonl")
    return given, extra.get(task.name, ())


def _remove_unfinished(folder: Path) -> None:
    """What a killed write left behind."""
    for leftover in [*folder.glob(".*.tmp"), *folder.glob("tasks/.*.tmp")]:
        leftover.unlink()


def _expand(
    context: StageContext,
    *,
    tasks: Sequence[Task],
    wordings: dict[str, Wordings],
    output: _Output,
    how: Expansion,
) -> dict[str, Any]:
    """Write the file of every task; returns what calls came to, where there were any."""
    if isinstance(how.paraphraser, ModelParaphraser) or how.strategy.together:
        return _expand_together(context, tasks=tasks, wordings=wordings, output=output, how=how)
    context.progress.start("augment", total=len(tasks))
    for task in tasks:
        if not output.path(task).exists():
            given, extra = wordings[task.name]
            output.write(task, expand(given, extra=extra, slots=task.slots, how=how))
        context.progress.advance()
    return {}


def _expand_together(
    context: StageContext,
    *,
    tasks: Sequence[Task],
    wordings: dict[str, Wordings],
    output: _Output,
    how: Expansion,
) -> dict[str, Any]:
    growing = [
        Growing(given, extra=extra, slots=task.slots, chain=how.chain, max_wordings=how.max_wordings)
        for task, (given, extra) in zip(tasks, wordings.values(), strict=True)
    ]
    opened = open_and_expand(growing, how=how, store=output.store, progress=context.progress)
    for task, one in zip(tasks, growing, strict=True):
        output.write(task, one.rows)
    if opened.meta_prompts:
        write_jsonl(context.folder / "meta_prompts.jsonl", opened.meta_prompts)
    return _calls(opened.usage) if isinstance(how.paraphraser, ModelParaphraser) else {}


def _calls(usage: Usage) -> dict[str, int]:
    return {
        "calls": usage.calls,
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
    }


def _other_tasks(extra: dict[str, list[Template]], tasks: Sequence[Task]) -> dict[str, int]:
    """How many wordings of the file belong to tasks that the recipe does not select, where there are any."""
    chosen = {task.name for task in tasks}
    number = sum(len(templates) for name, templates in extra.items() if name not in chosen)
    return {"of_other_tasks": number} if number else {}


def _held_out(folder: Path, *, config: HeldOutWordingsConfig) -> dict[str, Any]:
    """How many generated wordings are held out at each distance, and a warning for operations that nothing was made by."""
    templates = [template for template in read_jsonl(folder / "templates.jsonl", Template) if template.lineage]
    counts = Counter(template.distance or "" for template in templates if template.held_out)
    found: dict[str, Any] = {"held_out_generated": dict(sorted(counts.items()))} if counts else {}
    if unused := unused_operations(templates, config=config):
        made = sorted({name for one in templates if one.lineage for name in one.lineage.operation.split("+")})
        told = f"augment.held_out.operations: no usable wording was made by {', '.join(unused)}; there were {', '.join(made) or 'none'}"
        found["warnings"] = [told]
    return found


def _collect(output: _Output, tasks: Sequence[Task]) -> dict[str, Any]:
    """The two files over all tasks, and what the manifest says about them."""
    files = {task.name: output.path(task) for task in tasks}
    write_jsonl(
        output.folder / "templates.jsonl",
        (row.template for path in files.values() for row in _rows(path) if is_usable(row)),
    )
    write_jsonl(
        output.folder / "candidates.jsonl", (row for path in files.values() for row in _rows(path) if row.verdict)
    )
    return count({name: _rows(path) for name, path in files.items()})


def _rows(path: Path) -> Iterator[JudgedTemplate]:
    return read_jsonl(path, JudgedTemplate)
