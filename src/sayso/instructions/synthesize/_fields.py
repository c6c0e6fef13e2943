"""What is known of an item as named fields: a row of a data set, whatever it was read from.

Texts keep their names (`labels`); annotations of pictures are fields too: a caption, the things in it, how they stand to each other, questions with their answers. What looks
like a number of a row (`id`, `image_id`, `idx`) is no field.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from string import ascii_uppercase
from typing import TypeAlias

from sayso.instructions.synthesize._items import written_of
from sayso.records import AnnotatedItem

__all__ = ["Field", "fields_of", "render_fields"]

Field: TypeAlias = str | tuple[str, ...]
"""One value, or several."""

_NUMBER = re.compile(r"(?:^|_)(?:id|ids|idx|index|guid|uuid|uid)$", re.IGNORECASE)
MAX_INPUT = 2000


def fields_of(item: AnnotatedItem) -> dict[str, Field]:
    """Names and values, none empty; an item's own labels come first and win."""
    found: dict[str, Field] = {}
    for name, value in _every(item):
        kept = value.strip() if isinstance(value, str) else tuple(one.strip() for one in value if one.strip())
        if kept and name not in found and not _NUMBER.search(name):
            found[name] = kept
    return found


def _every(item: AnnotatedItem) -> Iterator[tuple[str, Field]]:
    yield from item.labels.items()
    for caption in item.captions[:1]:
        yield "caption", caption
    yield "other_captions", item.captions[1:]
    yield "objects", tuple(one.label for one in item.objects)
    yield (
        "relations",
        tuple(f"{item.objects[r.subject].label} {r.predicate} {item.objects[r.object].label}" for r in item.relations),
    )
    yield "phrases", tuple(one.text for one in item.phrases)
    for question in item.questions[:1]:
        yield "question", question.text
        yield "choices", question.options
        yield "answer", question.answers[0] if question.answers else ""
    for statement in item.statements[:1]:
        yield "statement", statement.text
        yield "statement_label", statement.label
    yield "steps", tuple(one.text for one in item.steps)
    written = written_of(item) if item.conversation else None
    if written is not None:
        yield from (("instruction", written.instruction), ("input", written.input), ("output", written.output))


def render_fields(fields: Mapping[str, Field], names: Sequence[str]) -> str:
    """The input of a row: one field is its value, several are told by name; at most 2,000 characters."""
    shown = {name: _shown(name, fields[name]) for name in names}
    text = (
        " ".join(f"{name} is '{value}'." for name, value in shown.items())
        if len(shown) > 1
        else "".join(shown.values())
    )
    return text[:MAX_INPUT]


def _shown(name: str, value: Field) -> str:
    if isinstance(value, str):
        return value
    if "choice" in name:
        return " ".join(f"({_letter(place)}) {one}" for place, one in enumerate(value))
    return ", ".join(f'"{one}"' for one in value)


def _letter(place: int) -> str:
    return ascii_uppercase[place] if place < len(ascii_uppercase) else str(place + 1)
