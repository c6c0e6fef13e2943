"""Files of further templates: lines `{"task", "template"}`, optionally with `language` and `held_out`."""

import json
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from sayso.errors import ConfigError, DataError, did_you_mean
from sayso.instructions.template import check_slots
from sayso.records import Record, Template
from sayso.tasks import Task, find

__all__ = ["ENGLISH", "further_templates", "template_rows", "TemplateRow", "WANTED"]

ENGLISH = "en"
WANTED = json.dumps({"task": "...", "template": "..."})
"""What a line looks like."""


class TemplateRow(Record, frozen=True, kw_only=True):
    """A line of a file of further templates: the task's name and the wording, with slots in braces, and a code where its language is told."""

    task: str
    template: str
    language: str | None = None
    held_out: bool = False


def further_templates(path: str | None, *, tasks: Mapping[str, Task]) -> dict[str, list[Template]]:
    """Further templates by task, checked against the slots of their task's card; `tasks` are those that there are, by name.

    Raises:
        DataError: a line is wrong; names file and line.
    """
    found: dict[str, list[Template]] = {}
    for number, read in template_rows(Path(path), name="augment.templates") if path else ():
        place = f"{path}, line {number}"
        row = _good(read, place=place)
        task = _known_task(row.task, tasks=tasks, place=place)
        try:
            check_slots(row.template, slots=task.slots)
        except DataError as error:
            raise DataError(f"{place}: {error}") from error
        template = Template(
            id=f"{task.name}/file/{number}",
            task=task.name,
            text=row.template,
            language=row.language or ENGLISH,
            origin="file",
            held_out=row.held_out,
            distance="L3" if row.held_out else None,
        )
        found.setdefault(task.name, []).append(template)
    return found


def template_rows(path: Path, *, name: str) -> Iterator[tuple[int, TemplateRow | str]]:
    """Each line with its number: the row, or what is wrong with it.

    Raises:
        DataError: there is no such file; `name` is the option that named it.
    """
    if not path.is_file():
        raise DataError(f"{name}: {path} does not exist or is no file")
    for number, line in enumerate(path.read_bytes().removeprefix(BOM_UTF8).splitlines(), start=1):
        if line.strip():
            yield number, _row(line)


def _row(line: bytes) -> TemplateRow | str:
    try:
        row = msgspec.json.decode(line, type=TemplateRow)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        return f"{error}; a line is {WANTED}"
    if not row.template.strip():
        return f"the template {row.template!r} has no words; write one or remove the line"
    return row


def _good(row: TemplateRow | str, *, place: str) -> TemplateRow:
    if isinstance(row, str):
        raise DataError(f"{place}: {row}")
    return row


def _known_task(name: str, *, tasks: Mapping[str, Task], place: str) -> Task:
    try:
        return find(name, among=tasks)
    except ConfigError as error:
        raise DataError(f"{place}: unknown task {name!r}{did_you_mean(name, list(tasks))}") from error
