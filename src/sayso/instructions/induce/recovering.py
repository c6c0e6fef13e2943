"""Rows in, tasks out: marks, patterns, templates, groups, names; and for each row its template and values, or why it stays free-form.

    marks -> words -> patterns (`mining`) -> exact templates (`templates`) -> tasks (`grouping`)

Every row of a task has been rendered from its own template and values, and gave its instruction back to the character. Time grows with
the number of distinct texts, memory with the instructions.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sayso.config import PromptConfig
from sayso.errors import DataError
from sayso.instructions.induce.grouping import group_templates
from sayso.instructions.induce.marking import Lexicon, Mark, find_marks, options_said
from sayso.instructions.induce.mining import mine
from sayso.instructions.induce.naming import name_slots, name_task
from sayso.instructions.induce.profiles import Profile, answer_region, profile
from sayso.instructions.induce.rows import InstructionRow
from sayso.instructions.induce.styles import find_prompt
from sayso.instructions.induce.templates import Cut, Draft, cut, draft_templates, fill
from sayso.instructions.induce.tidying import tidy
from sayso.instructions.induce.tokens import Tokens, Words, segments, tokenise
from sayso.instructions.render import render_sample
from sayso.records import Answer, Example, FieldValue, Options, Region, Regions, Template
from sayso.tasks import Output, SlotType

__all__ = ["Found", "FoundRow", "FoundTask", "FoundTemplate", "recover"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundTemplate:
    """A wording with its slots' names in the order of its rows' values; options that follow the instruction come last, unnamed."""

    id: str
    text: str
    slots: tuple[str, ...]
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundTask:
    """A task: `near` names another that it may be one with."""

    name: str
    output: Output
    slots: Mapping[str, SlotType]
    looks_like: Mapping[str, str]
    templates: tuple[FoundTemplate, ...]
    confidence: float
    near: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRow:
    """A row's template, values and answer; or the reason why it has none."""

    template: str = ""
    task: str = ""
    values: Mapping[str, FieldValue] = field(default_factory=dict)
    answer: Answer = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """All tasks, and a row for each that was given."""

    prompt: PromptConfig
    tasks: tuple[FoundTask, ...]
    rows: tuple[FoundRow, ...]


def recover(rows: Sequence[InstructionRow], *, min_rows: int | None = None) -> Found:
    """The tasks of the rows. `min_rows` is the least number of rows of a template; by default it grows slowly with their number."""
    floor = min_rows or max(3, round(math.sqrt(len(rows)) / 12))
    prompt = find_prompt(rows)
    cuts = _cuts(rows, prompt=prompt, floor=floor)
    drafts, reasons = draft_templates(rows, cuts, floor=floor)
    profiles = [profile(draft, rows, prompt=prompt) for draft in drafts]
    tasks = _tasks(drafts, profiles)
    found = {number: FoundRow(reason=reason) for number, reason in reasons.items()}
    for task, members in tasks:
        for template, draft in members:
            found.update(_rows(task, template, draft, rows=rows, prompt=prompt))
    listed = tuple(
        found.get(number) or FoundRow(reason=row.reason or "like no other") for number, row in enumerate(rows)
    )
    return Found(prompt=prompt, tasks=tuple(task for task, _ in tasks), rows=listed)


def _cuts(rows: Sequence[InstructionRow], *, prompt: PromptConfig, floor: int) -> dict[int, Cut]:
    """Each row cut at its pattern, where it has one."""
    lexicon = _lexicon(rows)
    read: dict[int, tuple[Tokens, list[Mark]]] = {}
    texts: dict[Words, list[Words]] = {}
    known: dict[Words, Words] = {}
    counts = Counter[Words]()
    for number, row in enumerate(rows):
        if row.reason:
            continue
        marks = find_marks(row.text, answer=row.answer, lexicon=lexicon, prompt=prompt, media=row.media)
        tokens = tokenise(row.text, marks)
        if tokens.words:
            words = known.setdefault(tokens.words, tokens.words)  # equal texts share their words
            read[number] = replace(tokens, words=words), marks
            counts[words] += 1
            texts.setdefault(words, segments(words, tokens.breaks))
    patterns = mine(texts, counts=counts, floor=floor)
    found: dict[int, Cut] = {}
    for number, (tokens, marks) in read.items():
        if (pattern := patterns.get(tokens.words)) and (one := cut(rows[number], tokens, marks, pattern)):
            found[number] = one
    return found


def _lexicon(rows: Sequence[InstructionRow]) -> Lexicon:
    lexicon = Lexicon()
    for row in rows:
        lexicon.add(row.answer)
        for option in options_said(row.text):
            lexicon.add(option)
    return lexicon


Members = list[tuple[FoundTemplate, Draft]]


def _tasks(drafts: Sequence[Draft], profiles: Sequence[Profile]) -> list[tuple[FoundTask, Members]]:
    groups = group_templates(profiles)
    literal = [draft.chunks for draft in drafts]
    names: dict[int, str] = {}
    for group in groups:
        name = name_task(
            [literal[n] for n in group.members], asks=profiles[group.members[0]].asks, taken=names.values()
        )
        names.update(dict.fromkeys(group.members, name))
    made = []
    for group in groups:
        inside = tidy([drafts[number] for number in group.members])
        members, slots, looks = _named(
            group.members, inside, options=profiles[group.members[0]].asks.startswith("options")
        )
        support = 1 - 1 / math.sqrt(min(template.rows for template, _ in members))
        task = FoundTask(
            name=names[group.members[0]],
            output=profiles[group.members[0]].output,
            slots=slots,
            looks_like=looks,
            templates=tuple(template for template, _ in members),
            confidence=round(
                support * (min(1.0, group.closeness) if len(members) > 1 else 0.5 + 0.5 * (group.near is None)), 2
            ),
            near="" if group.near is None else names[group.near],
        )
        made.append((task, members))
    return sorted(
        made,
        key=lambda pair: (
            -sum(one.rows for one in pair[0].templates),
            len(pair[0].templates[0].id),
            pair[0].templates[0].id,
        ),
    )


def _named(
    numbers: Sequence[int], drafts: Sequence[Draft], *, options: bool
) -> tuple[Members, dict[str, SlotType], dict[str, str]]:
    """The templates with their slots named alike, the types of these, and what they look like."""
    names, looks = name_slots(drafts)
    slots: dict[str, SlotType] = {}
    for draft, own in zip(drafts, names, strict=True):
        for at, (name, kind) in enumerate(zip(own, draft.kinds, strict=True)):
            several = any(isinstance(one.values[at], Regions) for one in draft.cuts)
            found: SlotType = (
                "regions" if several else "region" if kind == "region" else "options" if kind == "options" else "text"
            )
            slots[name] = "regions" if "regions" in {found, slots.get(name)} else found
    if options:
        slots["options"] = "options"
    members = [
        (FoundTemplate(id=f"t{number}", text=draft.text(own), slots=tuple(own), rows=len(draft.rows)), draft)
        for number, draft, own in zip(numbers, drafts, names, strict=True)
    ]
    return members, slots, looks


def _rows(
    task: FoundTask, template: FoundTemplate, draft: Draft, *, rows: Sequence[InstructionRow], prompt: PromptConfig
) -> dict[int, FoundRow]:
    found: dict[int, FoundRow] = {}
    for number, values in fill(draft, template.slots, slots=task.slots):
        answer = _answer(rows[number], values, task=task, prompt=prompt)
        if answer is None or answer == "":
            found[number] = FoundRow(reason=f"its answer is not of the kind that its template asks for ({task.output})")
        elif problem := _unlike(rows[number], values, answer, task=task, template=template, prompt=prompt):
            found[number] = FoundRow(reason=problem)
        else:
            found[number] = FoundRow(template=template.id, task=task.name, values=values, answer=answer)
    return found


def _answer(
    row: InstructionRow, values: Mapping[str, FieldValue], *, task: FoundTask, prompt: PromptConfig
) -> Answer | None:
    """The answer as the task's output; None where it is another."""
    if task.output == "text":
        return row.answer
    region = answer_region(row, prompt=prompt)
    if task.output == "region":
        return region
    options = values.get("options")
    if not isinstance(options, Options) or (task.output == "region_option") != isinstance(options.items[0], Region):
        return None
    answer = region if task.output == "region_option" else row.answer
    return answer if answer in options.items else None


def _unlike(
    row: InstructionRow,
    values: Mapping[str, FieldValue],
    answer: Answer,
    *,
    task: FoundTask,
    template: FoundTemplate,
    prompt: PromptConfig,
) -> str:
    """Why the row rendered from its own template is not what it was, or nothing."""
    example = Example(
        id=row.id, task=task.name, source="", split="", fields=dict(values), media=row.media, references=(answer,)
    )
    wording = Template(id=template.id, task=task.name, text=template.text)
    try:
        sample = render_sample(example, template=wording, card=task, prompt=prompt, order=None, reference=answer)
    except DataError as error:
        return f"cannot be rendered ({error})"
    texts = [message.text for message in sample.messages]
    return "" if texts == [row.text, row.answer] else "its template does not give its text back"
