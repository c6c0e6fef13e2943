"""What is found, as a file for people (`tasks.yaml`) and one for the source `induced` (`rows.jsonl`)."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
import yaml

from sayso.artifacts import write_jsonl, write_text
from sayso.instructions.induce.recovering import Found, FoundRow, FoundTask
from sayso.instructions.induce.rows import InstructionRow
from sayso.instructions.regions import format_regions
from sayso.records import FieldValue, Options, Region, Regions
from sayso.sources.induced import ROWS_FILE, TASKS_FILE, InducedRow, Review, SlotEntry, TaskEntry, TemplateEntry

__all__ = ["make_review", "write_review"]

HEAD = """\
# Tasks that sayso proposes for {path}: {in_tasks} of {rows} rows.
# Read it and correct it, then use it: sources: [{{name: induced, path: THIS_FILE}}]
#   rename   change a task's `name`
#   merge    move the templates of one task under another; slots must have the same names (in `slots` and in `text`)
#   split    move templates to a new task with a copy of `slots` and `output`
#   delete   remove a template, or a task; its rows are then read as the conversations that they were
#   hold out add `held_out: true` to a template that training must not see
# `rows`, `confidence`, `notes`, `examples` and `samples` only inform; nothing reads them back.
"""
SHOWN = 3
MAX_CHARACTERS = 200
SURE = 0.6
"""Confidence below which the file says that a task should be looked at."""


def make_review(found: Found, rows: Sequence[InstructionRow], *, data: Mapping[str, str]) -> Review:
    """The file's content."""
    members: dict[str, list[int]] = defaultdict(list)
    for number, row in enumerate(found.rows):
        members[row.task].append(number)
    reasons = Counter(row.reason.partition(" (")[0] for row in found.rows if row.reason)
    return Review(
        data=dict(data),
        prompt={"regions": found.prompt.regions, "options": found.prompt.options},
        num_rows=len(rows),
        num_in_tasks=sum(bool(row.task) for row in found.rows),
        free_form=dict(reasons.most_common()),
        tasks=[_entry(task, members[task.name], found=found, rows=rows) for task in found.tasks if members[task.name]],
    )


def _entry(task: FoundTask, numbers: Sequence[int], *, found: Found, rows: Sequence[InstructionRow]) -> TaskEntry:
    counts = Counter(found.rows[number].template for number in numbers)
    return TaskEntry(
        name=task.name,
        output=task.output,
        rows=len(numbers),
        confidence=task.confidence,
        notes=list(_notes(task, numbers, rows)),
        slots={name: _slot(name, task, [found.rows[number] for number in numbers]) for name in task.slots},
        templates=[
            TemplateEntry(id=one.id, text=one.text, slots=list(one.slots), rows=counts[one.id])
            for one in task.templates
            if counts[one.id]
        ],
        samples=[_sample(rows[number]) for number in _spread(numbers)],
    )


def _notes(task: FoundTask, numbers: Sequence[int], rows: Sequence[InstructionRow]) -> Iterator[str]:
    if task.near:
        yield f"perhaps one with {task.near}"
    if task.confidence < SURE:
        yield "unsure: few rows, or wordings that have little in common"
    for reason, count in Counter(rows[number].stays for number in numbers if rows[number].stays).most_common():
        yield f"{count} rows are read as conversations, under wordings of this task: {reason}"


def _slot(name: str, task: FoundTask, members: Sequence[FoundRow]) -> SlotEntry:
    values = dict.fromkeys(_short(said(row.values[name])) for row in members[:50] if name in row.values)
    looks = task.looks_like.get(name, name)
    return SlotEntry(
        type=task.slots[name], looks_like="" if looks == task.slots[name] else looks, examples=list(values)[:SHOWN]
    )


def said(value: FieldValue) -> str:
    """A value for people."""
    if isinstance(value, Options):
        return " | ".join(said(item) for item in value.items)
    if isinstance(value, Region | Regions):
        return format_regions([value] if isinstance(value, Region) else value.items, style="unit")
    return value


def _spread(numbers: Sequence[int]) -> list[int]:
    return list(numbers[:: max(1, len(numbers) // SHOWN)][:SHOWN])


def _sample(row: InstructionRow) -> dict[str, str]:
    return {"row": row.id, "instruction": _short(row.text), "answer": _short(row.answer)}


def _short(text: str) -> str:
    return text if len(text) <= MAX_CHARACTERS else f"{text[:MAX_CHARACTERS]}..."


def write_review(
    folder: Path,
    *,
    review: Review,
    found: Found,
    rows: Sequence[InstructionRow],
    wordings: Mapping[int, tuple[str, ...]],
) -> None:
    """Write both files into `folder`."""
    head = HEAD.format(path=review.data["path"], in_tasks=review.num_in_tasks, rows=review.num_rows)
    content = msgspec.to_builtins(review)
    text = yaml.dump(content, sort_keys=False, allow_unicode=True, width=120, Dumper=_Dumper)
    lines = (_line(row, found.rows[number], wordings=wordings.get(number, ())) for number, row in enumerate(rows))
    folder.mkdir(parents=True, exist_ok=True)
    write_jsonl(folder / ROWS_FILE, lines)
    write_text(folder / TASKS_FILE, head + text)


class _Dumper(yaml.SafeDumper):
    """Lists in a mapping stand indented, as people write them."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _line(row: InstructionRow, found: FoundRow, *, wordings: tuple[str, ...]) -> InducedRow:
    reason = found.reason or row.stays
    return InducedRow(
        row=row.id,
        template=found.template,
        values=tuple(found.values.values()),
        answer=found.answer if found.template else "",
        reason=reason,
        wordings=wordings,
    )
