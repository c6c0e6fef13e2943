"""POPE's questions for any source with objects: is this in the picture, half of the time about something that is not (Li et al. 2023, arXiv 2305.10355).

    {name: polls, of: {name: shapes, count: 100, min_objects: 3}, said: [color], use: test}

Each picture with enough different things is asked about the first few of them, and after each about one that is not there. What is not there is taken from
what the other pictures show: drawn evenly (`random`), the most frequent first (`popular`), or what is most often in one picture with the thing
asked about before (`adversarial`). So a model that says what usually is there, and does not look, says yes too often.

The source brings a task a strategy, `object_polling_random` and so on, since scores are read for each apart. All are held out: they are there to test. The first two wordings are POPE's
own and that of LLaVA's scripts; the others are ours. Nothing but its polls is taken over from an item.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from sayso.errors import ConfigError
from sayso.records import AnnotatedItem, AnnotatedObject, Question, TaskCard, Template
from sayso.seeds import Stream
from sayso.sources._protocol import BadRow, Source, sources

__all__ = ["Polls", "STRATEGIES", "Strategy"]

Strategy = Literal["random", "popular", "adversarial"]
STRATEGIES: tuple[Strategy, ...] = ("random", "popular", "adversarial")
WORDINGS = (
    "{input}",
    "{input}\nAnswer the question using a single word or phrase.",
    "Look through the image and answer with yes or no. {input}",
    "{input} Say whether it is in the picture. {options}",
    "Can it be seen here? {input} {options}",
)
ANSWERS = ("no", "yes")


@sources.register("polls")
@dataclass(frozen=True, kw_only=True)
class Polls:
    """Polls of the items of another source, in its order; the fields are the options of a recipe.

    Raises:
        ConfigError: there is no such source or strategy, or nothing is to be asked.
    """

    of: Mapping[str, Any]
    """The source whose items are polled, with its options, as a recipe would name it."""
    strategies: tuple[Strategy, ...] = STRATEGIES
    """How what is not there is chosen; each is a task."""
    said: tuple[str, ...] = ()
    """Kinds of attributes that belong to what a thing is called, such as `color`: a red star and a blue one are two things then."""
    per_image: int = 3
    """Things asked about in each picture, and as many that are not there; pictures with fewer different things are left out."""
    seed: int = 0
    """Of the draws of `random`."""
    split: str = ""
    """What `AnnotatedItem.split` says."""

    def __post_init__(self) -> None:
        if unknown := [name for name in self.strategies if name not in STRATEGIES]:
            raise ConfigError(f"polls have no strategy {unknown[0]!r}; use {', '.join(STRATEGIES)}")
        if not self.strategies or self.per_image < 1:
            raise ConfigError(
                f"polls by {list(self.strategies)} of {self.per_image} things a picture ask nothing; name a strategy and 1 thing at least"
            )
        _ = self.polled  # a source that cannot be opened shows here

    @cached_property
    def polled(self) -> Source:
        """The source whose items are polled."""
        options = dict(self.of)
        return sources.build(str(options.pop("name", "")), options)

    def tasks(self) -> Iterator[TaskCard]:
        """A task for each strategy, of category `hallucination`."""
        for strategy in self.strategies:
            name = f"object_polling_{strategy}"
            yield TaskCard(
                name=name,
                category="hallucination",
                summary=f"Tell whether a thing is in the picture, with what is not there chosen by {strategy}",
                templates=tuple(
                    Template(id=f"{name}/{number}", task=name, text=text, origin="data")
                    for number, text in enumerate(WORDINGS)
                ),
                output="option",
                held_out=True,
            )

    def items(self) -> Iterator[AnnotatedItem | BadRow]:
        """An item for each picture that can be polled, and the bad rows of the other source."""
        rows = list(self.polled.items())
        shown = {row.id: self._names(row) for row in rows if isinstance(row, AnnotatedItem)}
        usable = {name: things for name, things in shown.items() if len(things) >= self.per_image}
        seen = _Seen(list(usable.values()))
        for row in rows:
            if isinstance(row, BadRow):
                yield row
            elif row.id in usable and (asked := tuple(self._polls(row, usable[row.id], seen))):
                yield AnnotatedItem(
                    id=f"{row.id}-polls",
                    source="polls",
                    split=self.split or row.split,
                    group=row.group or row.id,
                    license=row.license,
                    media=row.media,
                    questions=asked,
                )

    def _names(self, item: AnnotatedItem) -> list[str]:
        """What the things are called, each name once, as they are listed; things that lack one of the attributes have none."""
        return list(dict.fromkeys(name for one in item.objects if (name := self._name(one))))

    def _name(self, one: AnnotatedObject) -> str:
        kinds = [one.attributes.get(kind, "") for kind in self.said]
        return " ".join([*kinds, one.label]) if all(kinds) and one.label.strip() else ""

    def _polls(self, item: AnnotatedItem, things: list[str], seen: "_Seen") -> Iterator[Question]:
        unclear = {one.label for one in item.objects if not self._name(one)}
        barred = {name for name in seen.names if name in things or name.endswith(tuple(unclear))}
        for strategy in self.strategies:
            asked = set(barred)
            chance = Stream(self.seed, "polls", strategy, item.id)
            for thing in things[: self.per_image]:
                absent = seen.absent(strategy, thing=thing, barred=asked, chance=chance)
                if absent is not None:  # both or neither: as often yes as no
                    asked.add(absent)
                    yield _ask(thing, "yes", strategy)
                    yield _ask(absent, "no", strategy)


class _Seen:
    """What the polled pictures show: how often each thing, and how often with each other."""

    def __init__(self, shown: list[list[str]]) -> None:
        self._shown = shown
        self._counts = Counter(name for things in shown for name in things)
        self.names = sorted(self._counts)

    @cached_property
    def _popular(self) -> list[str]:
        return sorted(self.names, key=lambda name: (-self._counts[name], name))

    @cached_property
    def _together(self) -> dict[str, Counter[str]]:
        found: dict[str, Counter[str]] = {name: Counter() for name in self.names}
        for things in self._shown:
            for name in things:
                found[name].update(other for other in things if other != name)
        return found

    def absent(self, strategy: Strategy, *, thing: str, barred: set[str], chance: Stream) -> str | None:
        """A thing that is not barred; None where there is none. What never came with `thing` is drawn, as for `random`."""
        left = [name for name in self.names if name not in barred]
        if not left:
            return None
        if strategy == "popular":
            return next(name for name in self._popular if name not in barred)
        known = self._together[thing] if strategy == "adversarial" else Counter[str]()
        usual = sorted((name for name in known if name not in barred), key=lambda name: (-known[name], name))
        return usual[0] if usual else chance.choice(left)


def _ask(thing: str, answer: str, strategy: Strategy) -> Question:
    article = "an" if thing[:1].lower() in "aeiou" else "a"
    return Question(
        text=f"Is there {article} {thing} in the image?",
        answers=(answer,),
        options=ANSWERS,
        kind=f"object_polling_{strategy}",
    )
