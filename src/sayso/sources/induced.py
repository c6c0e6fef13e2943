"""Conversations whose tasks were induced and reviewed: the data, `tasks.yaml` and `rows.jsonl` as `sayso induce` wrote them.

    {name: induced, path: reviewed/tasks.yaml}

The file of tasks may have been edited: a task renamed, its templates moved to another task, a template reworded or deleted. A row
follows its template, wherever that stands now. A row of a template that is gone, or of none, is the conversation that it was,
with the other wordings that were found for its first instruction. What is in the file and in no row, or the other way
round, is an error that names it.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import msgspec
import yaml

from sayso.errors import DataError, did_you_mean
from sayso.records import AnnotatedItem, Answer, FieldValue, Filled, Record, Region, Regions, TaskCard, Template
from sayso.sources._protocol import BadRow, sources
from sayso.sources.conversations import Conversations

__all__ = [
    "Induced",
    "InducedRow",
    "read_review",
    "Review",
    "ROWS_FILE",
    "SlotEntry",
    "TaskEntry",
    "TASKS_FILE",
    "TemplateEntry",
]

TASKS_FILE, ROWS_FILE = "tasks.yaml", "rows.jsonl"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
NAME = re.compile(r"[a-z][a-z0-9_]*\Z")


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of what a person edits: unknown keys are refused."""


class SlotEntry(Entry, frozen=True, kw_only=True):
    """A slot of a task: what fills it, what its values look like, and some of them."""

    type: Literal["text", "region", "regions", "options"]
    looks_like: str = ""
    examples: list[str] = []


class TemplateEntry(Entry, frozen=True, kw_only=True):
    """A wording; `slots` names what fills its rows' values, in the order of `rows.jsonl`."""

    id: str
    text: str
    slots: list[str] = []
    rows: int = 0
    held_out: bool = False
    distance: str | None = None


class TaskEntry(Entry, frozen=True, kw_only=True):
    """A task as proposed, or as somebody made it of the proposal."""

    name: str
    output: Literal["text", "option", "region", "region_option"]
    summary: str = ""
    rows: int = 0
    confidence: float | None = None
    notes: list[str] = []
    slots: dict[str, SlotEntry] = {}
    templates: list[TemplateEntry]
    samples: list[dict[str, str]] = []


class Review(Entry, frozen=True, kw_only=True):
    """The file of tasks: where the data are, how they write regions and options, the tasks, and the rows that have none."""

    data: dict[str, str]
    prompt: dict[str, str]
    num_rows: int = 0
    num_in_tasks: int = 0
    free_form: dict[str, int] = {}
    tasks: list[TaskEntry]


class InducedRow(Record, frozen=True, kw_only=True):
    """A line of `rows.jsonl`: the template of a row and what fills its slots, or why it has none."""

    row: str
    template: str = ""
    values: tuple[FieldValue, ...] = ()
    answer: Answer = ""
    reason: str = ""
    wordings: tuple[str, ...] = ()


def read_review(path: Path) -> Review:
    """The file of tasks, checked.

    Raises:
        DataError: it is missing or malformed, a name is wrong or given twice, or a template has other slots than its task.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8-sig"), Loader=LOADER)
        review = msgspec.convert(content, Review)
    except OSError as error:
        raise DataError(
            f"{path} cannot be read ({error.strerror}); type: sayso induce DATA --out {path.parent}"
        ) from error
    except (UnicodeDecodeError, yaml.YAMLError, msgspec.ValidationError) as error:
        raise DataError(f"{path}: {' '.join(str(error).split())}") from error
    for problem in _problems(review):
        raise DataError(f"{path}: {problem}")
    return review


def _problems(review: Review) -> Iterator[str]:
    for name, count in Counter(task.name for task in review.tasks).items():
        if count > 1:
            yield f"{count} tasks are called {name!r}; to merge them, put their templates under one"
        if name == "conversation":
            yield f"task name {name!r} is that of the rows without a task; choose another"
        if not NAME.match(name):
            yield f"task name {name!r} is not made of small letters, digits and _"
    for key, count in Counter(template.id for task in review.tasks for template in task.templates).items():
        if count > 1:
            yield f"template {key!r} stands in the file {count} times; its rows can follow one of them only"
    for task in review.tasks:
        yield from _task_problems(task)


def _task_problems(task: TaskEntry) -> Iterator[str]:
    if not task.templates:
        yield f"task {task.name!r} has no template; delete the task to leave its rows free-form"
    names = {name for name, slot in task.slots.items() if slot.type != "options"}
    for template in task.templates:
        own = {name for name in template.slots if name not in task.slots or task.slots[name].type != "options"}
        if own != names:
            yield (
                f"template {template.id!r} has slots {', '.join(sorted(own)) or 'none'}, its task {task.name!r} has "
                f"{', '.join(sorted(names)) or 'none'}; rename them in `slots` and in `text`, or move the template"
            )


@sources.register("induced")
@dataclass(frozen=True, kw_only=True)
class Induced:
    """The reviewed file and the data behind it; the fields are the options of a recipe."""

    path: str
    """The `tasks.yaml` that `sayso induce` wrote; `rows.jsonl` lies beside it. A recipe names the file, so that an edit counts as a change."""
    data: str | None = None
    """The file of conversations, where it has moved."""
    images: str | None = None
    """Folder of the pictures, where they have moved."""
    free_form: bool = True
    """Whether rows without a task are kept as conversations."""
    split: str = ""
    """What `AnnotatedItem.split` says."""

    def tasks(self) -> Iterator[TaskCard]:
        """The tasks of the file, by name.

        Raises:
            DataError: the file is missing, malformed or contradicts itself.
        """
        for task in sorted(self._review.tasks, key=lambda task: task.name):
            yield TaskCard(
                name=task.name,
                category="induced",
                summary=task.summary or task.name.replace("_", " "),
                templates=tuple(_template(task.name, entry) for entry in task.templates),
                output=task.output,
                slots={name: slot.type for name, slot in task.slots.items()},
            )

    def items(self) -> Iterator[AnnotatedItem | BadRow]:
        """An item for each conversation, in the order of the data.

        Raises:
            DataError: a file is missing or malformed, or data and rows are not the same rows.
        """
        rows, num_bad = self._rows(), 0
        for item in self._conversations().items():
            if isinstance(item, BadRow):
                num_bad += 1
                yield item
                continue
            row, num_bad = self._row(item.id, rows, num_bad), 0
            if (made := self._item(item, row)) is not None:
                yield made
        rest = list(islice(rows, num_bad + 1))
        if len(rest) > num_bad:
            raise DataError(f"{self._folder / ROWS_FILE} goes on with {rest[0].row!r}, the data end; induce them again")

    def _row(self, name: str, rows: Iterator[InducedRow], num_bad: int) -> InducedRow:
        """The line of row `name`; up to `num_bad` lines before it are of rows that have become bad ones since."""
        first = row = next(rows, None)
        while row is not None and row.row != name and num_bad:
            row, num_bad = next(rows, None), num_bad - 1
        if row is None or row.row != name:
            told = "ends" if first is None else f"has {first.row!r}"
            raise DataError(
                f"{self._folder / ROWS_FILE} {told} where the data have row {name!r}; the data changed: induce them again"
            )
        return row

    @property
    def _folder(self) -> Path:
        return Path(self.path).parent

    @cached_property
    def _review(self) -> Review:
        path = Path(self.path)
        if path.is_dir():
            raise DataError(f"{path} is a folder; name the file in it: {path / TASKS_FILE}")
        return read_review(path)

    @cached_property
    def _places(self) -> Mapping[str, tuple[TaskEntry, TemplateEntry]]:
        return {template.id: (task, template) for task in self._review.tasks for template in task.templates}

    def _conversations(self) -> Conversations:
        given = self._review.data
        images = self.images or given.get("images")
        return Conversations(
            path=Path(self.data or given.get("path", "")),
            format=given.get("format", "auto"),
            images=Path(images) if images else None,
        )

    def _rows(self) -> Iterator[InducedRow]:
        path = self._folder / ROWS_FILE
        decoder = msgspec.json.Decoder(InducedRow)
        number = 0
        try:
            with path.open("rb") as lines:
                for line in lines:
                    number += 1
                    yield decoder.decode(line)
        except OSError as error:
            raise DataError(f"{path} cannot be read ({error.strerror}); it is written by sayso induce") from error
        except msgspec.MsgspecError as error:
            raise DataError(f"{path}:{number}: {error}; induce the data again") from error

    def _item(self, item: AnnotatedItem, row: InducedRow) -> AnnotatedItem | None:
        replace = msgspec.structs.replace
        place = self._places.get(row.template)
        if place is None or row.reason:
            kept = replace(item, source="induced", split=self.split, wordings=row.wordings)
            return kept if self.free_form else None
        task, template = place
        fields = _fields(row, task, template)
        filled = Filled(task=task.name, fields=fields, references=(row.answer,))
        return replace(item, source="induced", split=self.split, conversation=(), filled=(filled,))


def _template(task: str, entry: TemplateEntry) -> Template:
    distance = entry.distance or ("L1" if entry.held_out else None)
    return Template(
        id=f"{task}/{entry.id}",
        task=task,
        text=entry.text,
        origin="induced",
        held_out=entry.held_out,
        distance=distance,
    )


def _fields(row: InducedRow, task: TaskEntry, template: TemplateEntry) -> dict[str, FieldValue]:
    names = template.slots if len(template.slots) == len(row.values) else [*template.slots, "options"]
    if len(names) != len(row.values):
        raise DataError(
            f"template {template.id!r} names {len(template.slots)} slots, row {row.row!r} has {len(row.values)} values; "
            f"keep `slots` as it was, other names aside"
        )
    fields = dict(zip(names, row.values, strict=True))
    if unknown := next((name for name in names if name not in task.slots), None):
        raise DataError(f"task {task.name!r} has no slot {unknown!r}{did_you_mean(unknown, list(task.slots))}")
    return {name: _as_type(value, task.slots[name].type) for name, value in fields.items()}


def _as_type(value: Any, kind: str) -> FieldValue:
    return Regions(items=(value,)) if isinstance(value, Region) and kind == "regions" else value
