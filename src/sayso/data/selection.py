"""Which tasks of a build a stage takes: `tasks` of train and evaluate stages, against the cards of the build.

The patterns are those of `build.tasks`: a name, an alias, a shell pattern of names, or with a slash one of `category/name`. Unlike
there, each of them has to match something: a build is finished, so that a pattern without a match is a mistake.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from sayso import tasks
from sayso.data.cards import Card
from sayso.errors import ConfigError, did_you_mean

__all__ = ["pick_tasks", "trained_tasks"]


class _Named(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def category(self) -> str: ...


C = TypeVar("C", bound=_Named)


def pick_tasks(cards: Iterable[C], *, patterns: Sequence[str], where: str) -> list[C]:
    """The cards that any of the patterns matches, in their own order; `where` is the key that errors name.

    Raises:
        ConfigError: there is no pattern, or one matches nothing; names the nearest task or category.
    """
    known = list(cards)
    if not patterns:
        raise ConfigError(f"{where} is {list(patterns)}; name at least one task, or '*' for all")
    chosen: set[str] = set()
    for pattern in patterns:
        found = {card.name for card in known if _fits(pattern, card)}
        if not found:
            raise ConfigError(f"{where}: {pattern!r} matches no task of the build{_nearest(pattern, known)}")
        chosen |= found
    return [card for card in known if card.name in chosen]


def trained_tasks(cards: Iterable[Card], *, patterns: Sequence[str], where: str) -> list[Card]:
    """Those of `pick_tasks` that have training examples: what is held out never has any.

    Raises:
        ConfigError: a pattern matches no task, or all of them only tasks without training examples.
    """
    chosen = pick_tasks(cards, patterns=patterns, where=where)
    trained = [card for card in chosen if card.num_train]
    if not trained:
        reasons = (f"held out as a {card.held_out}" if card.held_out else "no training items" for card in chosen)
        listed = ", ".join(f"{card.name} ({reason})" for card, reason in zip(chosen, reasons, strict=True))
        raise ConfigError(
            f"{where}: {list(patterns)} match only tasks without training examples: {listed}; choose others, or train on more"
        )
    return trained


def _fits(pattern: str, card: _Named) -> bool:
    if tasks.is_pattern(pattern):
        return tasks.matches(pattern, name=card.name, category=card.category)
    known = tasks.catalog().get(card.name)
    return pattern == card.name or (known is not None and pattern in known.aliases)


def _nearest(pattern: str, cards: Sequence[_Named]) -> str:
    category, slash, name = pattern.partition("/")
    if not slash:
        return did_you_mean(pattern, [card.name for card in cards])
    categories = sorted({card.category for card in cards})
    if category not in categories:
        return did_you_mean(category, categories)
    return did_you_mean(name, [card.name for card in cards if card.category == category])
