"""Patterns of words back to exact text: the templates of a file, and for each row its template and what fills the slots.

Rows of one pattern may differ in space and line breaks, so a template is a pattern with one spelling of all that is literal. A template's text
with its values put in is the instruction of the row again, to the character; a row for which that fails keeps its own text.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sayso.instructions.induce.aligning import match
from sayso.instructions.induce.marking import Mark
from sayso.instructions.induce.rows import InstructionRow
from sayso.instructions.induce.tokens import APPENDED, BOX, CHOICES, OPTIONS, REGION, SLOT, Tokens, Words, is_mark
from sayso.records import FieldValue, Options, Region, Regions

__all__ = ["Cut", "cut", "Draft", "draft_templates", "fill"]

KINDS = {SLOT: "text", REGION: "region", OPTIONS: "options", BOX: "box", CHOICES: "choices"}
"""What a slot is filled with; `box` and `choices` are text in a template."""


@dataclass(frozen=True, slots=True)
class Cut:
    """One row cut at its pattern: the literal texts around the slots, the kind of each slot, and its value."""

    chunks: tuple[str, ...]
    kinds: tuple[str, ...]
    values: tuple[FieldValue, ...]
    appended: Options | None


@dataclass(slots=True)
class Draft:
    """A template before it has a task: literal texts and slot kinds, and its rows by number with their values."""

    chunks: tuple[str, ...]
    kinds: tuple[str, ...]
    options: bool
    rows: list[int] = field(default_factory=list)
    cuts: list[Cut] = field(default_factory=list)

    def text(self, names: Sequence[str]) -> str:
        """The template with its slots called `names`."""
        holes = [f"{{{name}}}" for name in names]
        literals = [chunk.replace("{", "{{").replace("}", "}}") for chunk in self.chunks]
        return "".join(part for pair in zip(literals, [*holes, ""], strict=True) for part in pair)


def cut(row: InstructionRow, tokens: Tokens, marks: Sequence[Mark], pattern: Words) -> Cut | None:
    """The row at its pattern; None where the two do not agree."""
    ranges = match(tokens.words, pattern)
    if ranges is None:
        return None
    marked = {mark.start: mark for mark in marks}
    queue = iter(ranges)
    chunks, kinds, values = [], [], list[FieldValue]()
    appended, end, at, stop = None, 0, 0, len(row.text)
    for piece in pattern:
        start, after = next(queue) if piece == SLOT else (at, at + 1)
        at = after
        left, right = tokens.spans[start][0], tokens.spans[after - 1][1]
        if piece == APPENDED:
            stop, value = left, marked[left].value
            appended = value if isinstance(value, Options) else None
        elif is_mark(piece):
            known = marked[left].value if piece in {REGION, OPTIONS} else None
            chunks.append(row.text[end:left])
            kinds.append(KINDS[piece])
            values.append(row.text[left:right] if known is None else known)
            end = right
    return Cut((*chunks, row.text[end:stop]), tuple(kinds), tuple(values), appended)


def draft_templates(
    rows: Sequence[InstructionRow], cuts: Mapping[int, Cut], *, floor: int
) -> tuple[list[Draft], dict[int, str]]:
    """The templates with at least `floor` rows, and why each other row has none."""
    found: dict[tuple[object, ...], Draft] = {}
    for number, one in cuts.items():
        options = one.appended is not None or "options" in one.kinds
        draft = found.setdefault(
            (one.chunks, one.kinds, options), Draft(chunks=one.chunks, kinds=one.kinds, options=options)
        )
        draft.rows.append(number)
        draft.cuts.append(one)
    reasons = {
        number: "too few rows are written just like it"
        for draft in found.values()
        if len(draft.rows) < floor
        for number in draft.rows
    }
    kept = [draft for draft in found.values() if len(draft.rows) >= floor]
    return sorted(kept, key=lambda draft: (-len(draft.rows), draft.chunks, draft.kinds, draft.options)), reasons


def fill(
    draft: Draft, names: Sequence[str], *, slots: Mapping[str, str]
) -> Iterator[tuple[int, dict[str, FieldValue]]]:
    """For each row what its slots hold, by name; one region is a list of one where the task's slot holds several."""
    for number, one in zip(draft.rows, draft.cuts, strict=True):
        values = {name: _typed(value, slots[name]) for name, value in zip(names, one.values, strict=True)}
        yield number, values | ({"options": one.appended} if one.appended is not None else {})


def _typed(value: FieldValue, kind: str) -> FieldValue:
    return Regions(items=(value,)) if isinstance(value, Region) and kind == "regions" else value
