"""`corgi`: as at school, stage by stage and subject by subject (CORGI, Lee et al. 2023; the orders are known to us from a secondary source).

Every example has a level, such as a stage of school or of Bloom's taxonomy (remember, understand, apply), and a subject.

- `interleave`: levels one after the other; within a level the subjects take turns, one example each. The paper's best.
- `block`: subject by subject, each from its lowest level to its highest.
- `clustering`: levels one after the other; within a level subject by subject. What the paper clusters is not known to us; this is ours.
- `spiral`: all levels `num_turns` times over, each time with another part of the examples; subjects take turns. Ours in the same way.

    order: {name: corgi, subject: category, levels: [[counting, color_recognition], ["vqa/*"], [dense_description]]}

Where `level` is `task` the entries of `levels` are names or patterns of tasks. With `level: field:NAME` they are values of that field of an example; left out, its
values in their own order, as numbers where all are. The subject is `category`, `task`, `source` or `field:NAME`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from sayso.data.orders._pools import Pool
from sayso.data.orders._protocol import Phase, Stock, orders
from sayso.errors import ConfigError, did_you_mean
from sayso.records import Example
from sayso.tasks import is_pattern, matches

__all__ = ["CorgiOrder"]

FIELD = "field:"
Places = list[tuple[str, int]]
Grid = dict[tuple[int, str], Places]
"""Places by level and subject."""


@orders.register("corgi")
@dataclass(frozen=True, kw_only=True)
class CorgiOrder:
    """`levels` from easy to hard; `subject` and `level` say what they are read from."""

    variant: Literal["interleave", "block", "clustering", "spiral"] = "interleave"
    subject: str = "category"
    level: str = "task"
    levels: tuple[tuple[str, ...], ...] = ()
    num_turns: Annotated[int, Field(ge=1)] = 3

    def __post_init__(self) -> None:
        _check(self.subject, allowed=("category", "task", "source"), option="subject")
        _check(self.level, allowed=("task",), option="level")

    def phases(self, stock: Stock) -> Sequence[Phase]:
        """As the variant says.

        Raises:
            ConfigError: an example has no level, or lacks the field that one is read from.
        """
        grid = self._grid(stock)
        levels = sorted({level for level, _ in grid})
        subjects = sorted({subject for _, subject in grid})
        both = [(level, subject) for level in levels for subject in subjects if (level, subject) in grid]
        if self.variant == "block":
            return [_block(key, grid) for key in sorted(both, key=lambda key: (key[1], key[0]))]
        if self.variant == "clustering":
            return [_block(key, grid) for key in both]
        turns = self.num_turns if self.variant == "spiral" else 1
        found = [self._mixed(level, grid, turn=turn, turns=turns) for turn in range(turns) for level in levels]
        return [phase for phase in found if phase.num_examples]

    def _mixed(self, level: int, grid: Grid, *, turn: int, turns: int) -> Phase:
        """A part of a level, its subjects in turn."""
        pools = {subject: Pool.of(places[turn::turns]) for (its, subject), places in grid.items() if its == level}
        name = f"level {level + 1}" if turns == 1 else f"turn {turn + 1}, level {level + 1}"
        return Phase(name=name, pools={s: pool for s, pool in sorted(pools.items()) if len(pool)}, turns=True)

    def _grid(self, stock: Stock) -> Grid:
        named: dict[tuple[str, str], Places] = {}
        for task, position, example in stock.places():
            category = stock.categories[task]
            level = self._level_of(example, category=category)
            named.setdefault((level, _subject(self.subject, example, category=category)), []).append((task, position))
        ranks = self._ranks({level for level, _ in named})
        grid: Grid = {}
        for (level, subject), places in named.items():
            grid.setdefault((ranks[level], subject), []).extend(places)
        return {key: sorted(places) for key, places in grid.items()}

    def _level_of(self, example: Example, *, category: str) -> str:
        """What tells its level: the value of a field, or the first of the patterns that its task fits."""
        if self.level != "task":
            return _field(example, self.level)
        if not self.levels:
            return ""
        for pattern in (pattern for entry in self.levels for pattern in entry):
            fits = is_pattern(pattern) and matches(pattern, name=example.task, category=category)
            if fits or pattern == example.task:
                return pattern
        raise ConfigError(
            f"order 'corgi': task {example.task!r} (category {category!r}) is in none of the levels {[list(entry) for entry in self.levels]}; add it to one, or train without it"
        )

    def _ranks(self, found: set[str]) -> dict[str, int]:
        if not self.levels:
            return {value: rank for rank, value in enumerate(sorted(found, key=_natural))}
        ranks = {value: rank for rank, entry in reversed(list(enumerate(self.levels))) for value in entry}
        if unknown := sorted(found - set(ranks)):
            raise ConfigError(
                f"order 'corgi': {self.level} has the value {unknown[0]!r}, which is in none of levels{did_you_mean(unknown[0], list(ranks))}"
            )
        return ranks


def _block(key: tuple[int, str], grid: Grid) -> Phase:
    level, subject = key
    return Phase(name=f"{subject}, level {level + 1}", pools={subject: Pool.of(grid[key])}, turns=True)


def _check(given: str, *, allowed: Sequence[str], option: str) -> None:
    if given not in allowed and not given.startswith(FIELD):
        raise ConfigError(
            f"order 'corgi' has {option} {given!r}; give {', '.join(allowed)} or {FIELD}NAME{did_you_mean(given, list(allowed))}"
        )


def _subject(kind: str, example: Example, *, category: str) -> str:
    if kind.startswith(FIELD):
        return _field(example, kind)
    return category if kind == "category" else str(getattr(example, kind))


def _field(example: Example, kind: str) -> str:
    name = kind.removeprefix(FIELD)
    value = example.fields.get(name)
    if not isinstance(value, str):
        raise ConfigError(
            f"order 'corgi': example {example.id!r} has no text in field {name!r}; it has {', '.join(example.fields) or 'no fields'}"
        )
    return value


def _natural(value: str) -> tuple[int, float, str]:
    """Numbers by size, and before words."""
    try:
        return 0, float(value), value
    except ValueError:
        return 1, 0.0, value
