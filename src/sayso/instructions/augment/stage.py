"""The stage `augment`: for every selected task, its library wordings and what the paraphraser adds that the filters keep.

One file per task, written whole or not at all, is the unit of resume; the two files over all tasks are made of those in the
end. Everything is a pure function of the config and the seed, so a run that was killed ends as one that was not.
"""

import json
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from sayso.artifacts import StageContext, read_jsonl, write_jsonl
from sayso.config import AugmentConfig
from sayso.errors import ConfigError, DataError, did_you_mean
from sayso.instructions.augment._protocol import paraphrasers
from sayso.instructions.augment.brought import Brought, tasks_of
from sayso.instructions.augment.expand import Expansion, JudgedTemplate, expand
from sayso.instructions.filters.chain import build_chain
from sayso.instructions.library import load_templates
from sayso.instructions.template import check_slots
from sayso.records import Record, Template
from sayso.tasks import Task, get, names, select

__all__ = ["check_augment", "run", "TemplateRow"]


class TemplateRow(Record, frozen=True, kw_only=True):
    """A line of a file of further templates: the task's name and the wording, with slots in braces."""

    task: str
    template: str
    language: str = "en"
    held_out: bool = False


def run(context: StageContext) -> dict[str, Any]:
    """Write `templates.jsonl`, `candidates.jsonl` and `tasks/`; returns the counts.

    Raises:
        ConfigError: no task is selected, or a plugin or one of its options is unknown.
        DataError: a line of the file of further templates is wrong; names file and line.
    """
    config: AugmentConfig = context.config
    brought = tasks_of(config.sources)
    tasks = _select(config, brought)
    extra = _extra_templates(config.templates)
    how = _expansion(config, seed=context.seed)
    _remove_unfinished(context.folder)
    context.progress.start("augment", total=len(tasks))
    for task in tasks:
        given = brought.templates.get(task.name) or load_templates(task)
        _expand_task(task, given, extra=extra, how=how, path=_task_file(context.folder, task.name))
        context.progress.advance()
    return {**_collect(context.folder, tasks), **_other_tasks(extra, tasks)}


def check_augment(config: AugmentConfig) -> None:
    """Verify what `run` would use, without making a wording.

    Raises:
        ConfigError: no task is selected, or a plugin or one of its options is unknown.
        DataError: a line of the file of further templates is wrong; names file and line.
    """
    _select(config, tasks_of(config.sources))
    _extra_templates(config.templates)
    _expansion(config, seed=0)


def _select(config: AugmentConfig, brought: Brought) -> list[Task]:
    tasks = select(config.tasks, among=brought.tasks)
    if not tasks:
        raise ConfigError(f"augment.tasks {list(config.tasks)} matches no task; type: sayso tasks list")
    return tasks


def _expansion(config: AugmentConfig, *, seed: int) -> Expansion:
    paraphraser = paraphrasers.build(config.paraphraser.name, config.paraphraser.options)
    chain = build_chain(config.filters)
    return Expansion(paraphraser=paraphraser, chain=chain, max_wordings=config.max_wordings, seed=seed)


def _remove_unfinished(folder: Path) -> None:
    """What a killed write left behind."""
    for leftover in [*folder.glob(".*.tmp"), *folder.glob("tasks/.*.tmp")]:
        leftover.unlink()


def _task_file(folder: Path, task: str) -> Path:
    return folder / "tasks" / f"{task}.jsonl"


def _expand_task(
    task: Task, given: Sequence[Template], *, extra: dict[str, list[Template]], how: Expansion, path: Path
) -> None:
    if path.exists():
        return
    if not given and task.name not in extra:
        raise DataError(f"task {task.name!r} has no wording; add some with augment.templates: FILE.jsonl")
    write_jsonl(path, expand(given, extra=extra.get(task.name, ()), slots=task.slots, how=how))


def _extra_templates(path: str | None) -> dict[str, list[Template]]:
    """Further templates by task, checked against the slots of their task's card."""
    found: dict[str, list[Template]] = {}
    for number, row in _template_rows(Path(path)) if path else ():
        task = _known_task(row.task, place=f"{path}, line {number}")
        if not row.template.strip():
            raise DataError(
                f"{path}, line {number}: the template {row.template!r} has no words; write one or remove the line"
            )
        try:
            check_slots(row.template, slots=task.slots)
        except DataError as error:
            raise DataError(f"{path}, line {number}: {error}") from error
        template = Template(
            id=f"{task.name}/file/{number}",
            task=task.name,
            text=row.template,
            language=row.language,
            origin="file",
            held_out=row.held_out,
            distance="L3" if row.held_out else None,
        )
        found.setdefault(task.name, []).append(template)
    return found


def _other_tasks(extra: dict[str, list[Template]], tasks: list[Task]) -> dict[str, int]:
    """How many wordings of the file belong to tasks that the recipe does not select, where there are any."""
    chosen = {task.name for task in tasks}
    count = sum(len(templates) for name, templates in extra.items() if name not in chosen)
    return {"of_other_tasks": count} if count else {}


def _template_rows(path: Path) -> Iterator[tuple[int, TemplateRow]]:
    if not path.is_file():
        raise DataError(f"augment.templates: {path} does not exist or is no file")
    for number, line in enumerate(path.read_bytes().removeprefix(BOM_UTF8).splitlines(), start=1):
        if line.strip():
            try:
                yield number, msgspec.json.decode(line, type=TemplateRow)
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                wanted = json.dumps({"task": "...", "template": "..."})
                raise DataError(f"{path}, line {number}: {error}; a line is {wanted}") from error


def _known_task(name: str, *, place: str) -> Task:
    try:
        return get(name)
    except ConfigError as error:
        raise DataError(f"{place}: unknown task {name!r}{did_you_mean(name, names())}") from error


def _collect(folder: Path, tasks: list[Task]) -> dict[str, Any]:
    """The two files over all tasks, and what the manifest says about them."""
    files = [_task_file(folder, task.name) for task in tasks]
    write_jsonl(folder / "templates.jsonl", (row.template for path in files for row in _rows(path) if _usable(row)))
    write_jsonl(folder / "candidates.jsonl", (row for path in files for row in _rows(path) if row.verdict))
    by_task = {task.name: _task_counts(path) for task, path in zip(tasks, files, strict=True)}
    refused = Counter(_group(row) for path in files for row in _rows(path) if not _usable(row))
    totals = Counter[str]()
    for counts in by_task.values():
        totals.update(counts)
    return {"tasks": len(tasks), **totals, "refused": dict(sorted(refused.items())), "by_task": by_task}


def _rows(path: Path) -> Iterator[JudgedTemplate]:
    return read_jsonl(path, JudgedTemplate)


def _usable(row: JudgedTemplate) -> bool:
    return row.verdict is None or row.verdict.keep


def _group(row: JudgedTemplate) -> str:
    """A reason without what it says about one candidate, so that reasons can be counted."""
    return row.verdict.reason.partition(" (")[0] if row.verdict else ""


def _task_counts(path: Path) -> dict[str, int]:
    """`before` and `after` count the wordings that training may see; candidates are the paraphraser's and the user's."""
    counts = {"before": 0, "after": 0, "held_out": 0, "candidates": 0, "accepted": 0}
    for row in _rows(path):
        given = row.verdict is None
        counts["held_out"] += _usable(row) and row.template.held_out
        counts["before"] += given and not row.template.held_out
        counts["after"] += _usable(row) and not row.template.held_out
        counts["candidates"] += not given
        counts["accepted"] += not given and _usable(row)
    return counts
