"""What a filter is: a candidate wording and what it must agree with, in; a verdict with a reason, out."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar, cast

from sayso.instructions.filters.wording import key
from sayso.records import Template, Verdict
from sayso.registry import Registry

__all__ = ["Filter", "FilterContext", "filters", "Pairs", "Pool", "PoolIndex"]

Pairs = Sequence[tuple[Template, Template]]
"""Parents and their candidates that will be judged soon."""


class PoolIndex(Protocol):
    """Another way to find the wordings of a pool."""

    def add(self, template: Template) -> None:
        """Take in one more wording."""
        ...


Index = TypeVar("Index", bound=PoolIndex)


class Pool:
    """The wordings that a task has so far, found by their normalised text in constant time."""

    def __init__(self, templates: Iterable[Template] = ()) -> None:
        self.templates: list[Template] = []
        self._by_key: dict[str, Template] = {}
        self._indexes: dict[Hashable, PoolIndex] = {}
        for template in templates:
            self.add(template)

    def add(self, template: Template) -> None:
        """Take in one more wording."""
        self.templates.append(template)
        self._by_key.setdefault(key(template.text), template)
        for index in self._indexes.values():
            index.add(template)

    def find(self, text: str) -> Template | None:
        """The wording that equals `text` after normalisation, if there is one."""
        return self._by_key.get(key(text))

    def index(self, name: Hashable, make: Callable[[], Index]) -> Index:
        """The index called `name`, made when it is first asked for, and kept up to date from then on."""
        if name not in self._indexes:
            self._indexes[name] = made = make()
            for template in self.templates:
                made.add(template)
        return cast("Index", self._indexes[name])

    def __len__(self) -> int:
        return len(self.templates)


@dataclass(frozen=True, kw_only=True, slots=True)
class FilterContext:
    """What a candidate is judged against.

    `parent` is what it was made from, `accepted` holds the task's given wordings and those accepted so far, `held_out` the
    wordings that training must never see, `slots` the names and types of the task's card.
    """

    parent: Template
    accepted: Pool = field(default_factory=Pool)
    held_out: tuple[Template, ...] = ()
    slots: Mapping[str, str] = field(default_factory=dict)


class Filter(Protocol):
    """Judges one candidate; pure, so that a verdict depends on nothing but its arguments.

    A filter that works better on many at once may have `prepare(pairs: Pairs) -> None` too; `judge` must do without.
    """

    def judge(self, candidate: Template, *, context: FilterContext) -> Verdict:
        """Keep or drop, and why. Never raises on the candidate's text, however hostile it is."""
        ...


filters: Registry[Filter] = Registry("filter", "sayso.instructions.filters")
"""Filters by name; a factory's keyword arguments are the options of an entry in a recipe's `filters:`."""
