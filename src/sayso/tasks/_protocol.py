"""What a task is: a card, and a function from an annotated item to examples."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from sayso.records import AnnotatedItem, Answer, Example, FieldValue, Media
from sayso.seeds import Stream

__all__ = ["Draft", "make_examples", "Output", "SlotType", "Task", "TaskFunction"]

Output: TypeAlias = Literal["text", "option", "region", "region_option"]
"""What a task asks for."""

SlotType: TypeAlias = Literal["text", "region", "regions", "options"]
"""What fills a slot."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """What a task function yields: the slots' values and the gold outputs. `media` None means all of the item's."""

    fields: Mapping[str, FieldValue] = field(default_factory=dict)
    references: tuple[Answer, ...]
    media: tuple[Media, ...] | None = None


TaskFunction: TypeAlias = Callable[[AnnotatedItem, Stream], Iterable[Draft]]
"""Draws any chance from the stream alone, so that an item gives the same examples always."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """The card of a task and the function behind it.

    `needs` names what an item must carry (see `sayso.tasks.NEEDS`); an item without it gives no examples. `slots` maps the
    names a template must use to their types. `metrics` are names in `sayso.evaluate.metrics`, the first is the headline.
    """

    name: str
    category: str
    summary: str
    needs: frozenset[str]
    slots: Mapping[str, SlotType]
    output: Output
    metrics: tuple[str, ...]
    held_out: bool = False
    aliases: tuple[str, ...] = ()
    function: TaskFunction


def make_examples(task: Task, *, item: AnnotatedItem, seed: int) -> Iterator[Example]:
    """Every example that `task` makes of `item`, in a fixed order, with ids `task/item/number`."""
    stream = Stream(seed, task.name, item.id)
    for number, draft in enumerate(task.function(item, stream)):
        yield Example(
            id=f"{task.name}/{item.id}/{number}",
            task=task.name,
            source=item.source,
            split=item.split,
            fields=dict(draft.fields),
            media=item.media if draft.media is None else draft.media,
            references=draft.references,
            license=item.license,
        )
