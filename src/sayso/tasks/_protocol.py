"""What a task is: a card, and a function from an annotated item to examples.

A task function is decorated with `@task(...)`: its name is the task's name, the first line of its docstring the summary,
and the module it lives in the category, unless the card says otherwise. Options, where the output is one, are a slot
of the card without being named, and metrics follow from the output.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, TypedDict, Unpack

from sayso.errors import ConfigError
from sayso.records import AnnotatedItem, Answer, Example, FieldValue, Media, Message
from sayso.seeds import Stream

__all__ = ["CATALOG", "Draft", "make_examples", "Output", "SlotType", "Task", "task", "TaskFunction"]

Output: TypeAlias = Literal["text", "option", "region", "region_option"]
"""What a task asks for."""

SlotType: TypeAlias = Literal["text", "region", "regions", "options"]
"""What fills a slot."""

METRICS: Mapping[Output, tuple[str, ...]] = {
    "text": ("exact_match", "rouge_l"),
    "option": ("accuracy",),
    "region": ("iou",),
    "region_option": ("accuracy",),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """What a task function yields: the slots' values and the gold outputs. `media` None means all of the item's.

    `messages` is a conversation that brings its own wording, and `wordings` are other texts of its first instruction.
    """

    fields: Mapping[str, FieldValue] = field(default_factory=dict)
    references: tuple[Answer, ...]
    media: tuple[Media, ...] | None = None
    messages: tuple[Message, ...] = ()
    wordings: tuple[str, ...] = ()


TaskFunction: TypeAlias = Callable[[AnnotatedItem, Stream], Iterable[Draft]]
"""Draws any chance from the stream alone, so that an item gives the same examples always."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """The card of a task and the function behind it.

    `needs` names what an item must carry (see `sayso.tasks.NEEDS`); an item without it gives no examples. `slots` maps the
    names a template must use to their types. `metrics` are names in `sayso.evaluate.metrics`, the first is the headline.
    `analogue` says what stands in for the task's usual data on synthetic scenes, where these have nothing of the kind. `by_name` says that `*` does not take it. A variation
    says of which task (`base`) and which one it is (`sayso.tasks.variations`).
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
    analogue: str = ""
    by_name: bool = False
    base: str = ""
    variation: str = ""
    function: TaskFunction


class Card(TypedDict, total=False):
    """What `@task(...)` takes; everything but `needs` has a default."""

    category: str
    needs: Iterable[str]
    slots: Mapping[str, SlotType]
    output: Output
    metrics: tuple[str, ...]
    held_out: bool
    aliases: tuple[str, ...]
    analogue: str
    by_name: bool


CATALOG: dict[str, Task] = {}
"""Every task registered so far, by name."""


def task(**card: Unpack[Card]) -> Callable[[TaskFunction], Task]:
    """Decorate a task function: it becomes a `Task`, known by its name and its aliases.

    Raises:
        ConfigError: another task has this name or one of these aliases.
    """

    def register(function: TaskFunction) -> Task:
        made = _make(function, card)
        _refuse_clash(made)
        CATALOG[made.name] = made
        return made

    return register


def _make(function: TaskFunction, card: Card) -> Task:
    output = card.get("output", "text")
    slots = dict(card.get("slots", {}))
    if output in {"option", "region_option"}:
        slots.setdefault("options", "options")
    return Task(
        name=_name(function),
        category=card.get("category") or function.__module__.rpartition(".")[2],
        summary=(function.__doc__ or "").strip().partition("\n")[0].rstrip("."),
        needs=frozenset(card.get("needs", ())),
        slots=slots,
        output=output,
        metrics=card.get("metrics", METRICS[output]),
        held_out=card.get("held_out", False),
        aliases=card.get("aliases", ()),
        analogue=card.get("analogue", ""),
        by_name=card.get("by_name", False),
        function=function,
    )


def _name(function: TaskFunction) -> str:
    return str(getattr(function, "__name__", type(function).__name__))


def _refuse_clash(made: Task) -> None:
    # A module that is imported again replaces its own task; anybody else's name is refused.
    other = CATALOG.get(made.name)
    if other is not None and other.function.__module__ != made.function.__module__:
        raise ConfigError(f"task {made.name!r} exists already in {other.function.__module__}; choose another name")
    for known in CATALOG.values():
        if known.name != made.name and (shared := set(made.aliases) & {known.name, *known.aliases}):
            raise ConfigError(f"task {made.name!r}: alias {min(shared)!r} belongs to {known.name!r}; choose another")


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
            messages=draft.messages,
            wordings=draft.wordings,
            references=draft.references,
            license=item.license,
        )
