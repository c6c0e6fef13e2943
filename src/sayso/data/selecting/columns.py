"""Columns for a pool: every scorer of the recipe asked once about every row, and its values kept where the next run finds them.

A scorer whose values depend on the row alone is asked about CHUNK rows at a time, and only about rows that nobody asked it about before;
what it said is on disk SAVED_EVERY_S seconds later at the latest. Any other scorer is asked about the whole pool at once, and its columns
are kept for exactly this pool. Which rows are asked about together is a function of the pool alone, so that a run that was killed ends in the same numbers.
"""

import math
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from sayso.config import PluginConfig
from sayso.data.scorers import Column, Columns, Scorer, Scoring, scorers
from sayso.data.scorers._protocol import Floats
from sayso.data.selecting.identity import LABEL, by_row, identity, label_of, options_of
from sayso.data.selecting.parts import Part, Parts, find_keys
from sayso.data.selecting.rows import Keys, Rows
from sayso.data.selecting.samples import View
from sayso.data.selectors._protocol import Ints
from sayso.errors import ConfigError, DataError, blame, did_you_mean

__all__ = ["build_scorers", "CHUNK", "Named", "pool_name", "score_rows", "Scored", "UNSAID"]

CHUNK = 256
"""Rows that a scorer is asked about at a time."""
SAVED_EVERY_S = 10.0
TAKEN = ("id", "task", "keep")
"""What stands beside the columns in a table of them."""
UNSAID = "no reason was given"
"""Why a value is NaN where a scorer does not say."""


@dataclass(frozen=True, kw_only=True)
class Named:
    """A scorer that a recipe names, with its place there."""

    plugin: PluginConfig
    where: str

    def make(self) -> Scorer:
        """The scorer anew: what an earlier one loaded is gone with it.

        Raises:
            ConfigError: no such scorer or option.
        """
        with blame(ConfigError, self.where):
            return scorers.build(self.plugin.name, options_of(self.plugin), others=[LABEL])


def build_scorers(entries: Sequence[PluginConfig], *, where: str) -> list[Named]:
    """The scorers that a recipe names, with their options checked.

    Raises:
        ConfigError: no such scorer or option.
    """
    named = [Named(plugin=one, where=f"{where}.scorers.{number} ({one.name})") for number, one in enumerate(entries)]
    for one in named:
        one.make()
    return named


@dataclass(frozen=True, kw_only=True)
class Scored:
    """The columns of a pool by name, and further names that selectors may use: a scorer's own for its first column."""

    columns: dict[str, Column]
    other_names: dict[str, str]

    @property
    def num_missing(self) -> dict[str, int]:
        """How many rows have no value, by column; those where all have one are left out."""
        counts = {name: int(np.isnan(column.values).sum()) for name, column in self.columns.items()}
        return {name: count for name, count in counts.items() if count}

    @property
    def by_any_name(self) -> dict[str, Column]:
        """The columns under all their names."""
        return {**self.columns, **{other: self.columns[name] for other, name in self.other_names.items()}}


def score_rows(
    rows: Rows, *, named: Sequence[Named], scoring: Scoring, around: Mapping[str, Any], read: Iterable[str] = ()
) -> Scored:
    """The columns of all scorers; `around` is what `identity` knows of the stage, `read` are columns that are going to be read.

    Raises:
        ConfigError: a scorer needs what is not there, two give a column of one name, or one gave no columns that fit the rows; or nobody gives what is
            read, which is said when the first rows are scored.
        DataError: a sample or a kept value cannot be read.
        BackendError: a model gave up; what it answered is kept.
    """
    if unsure := set(read) - {label_of(one.plugin) or one.plugin.name for one in named}:
        head = _first_rows(rows)
        if len(head) < len(rows) and all(by_row(one.make()) for one in named):
            _refuse_unread(unsure, known=_score(head, named=named, scoring=scoring, around=around))
    return _score(rows, named=named, scoring=scoring, around=around)


def _first_rows(rows: Rows) -> Rows:
    """Those that are scored together at first anyway."""
    return replace(
        rows,
        samples=rows.samples[:CHUNK],
        ids=rows.ids[:CHUNK],
        tasks=rows.tasks[:CHUNK],
        keys=rows.keys[:CHUNK],
        numbers=rows.numbers[:CHUNK],
        costs=None,
    )


def _refuse_unread(read: Iterable[str], *, known: Scored) -> None:
    names = list(known.by_any_name)
    for name in sorted(read):
        if name not in names:
            raise ConfigError(f"no column {name!r} to select by{did_you_mean(name, names)}; add its scorer to scorers:")


def _score(rows: Rows, *, named: Sequence[Named], scoring: Scoring, around: Mapping[str, Any]) -> Scored:
    columns: dict[str, Column] = {}
    firsts: dict[str, str] = {}
    for one in named:
        with blame(ConfigError, one.where):
            found = _called(_columns(rows, one=one, scoring=scoring, around=around), one=one)
        firsts.setdefault(one.plugin.name, next(iter(found), ""))
        for name, column in found.items():
            if name in TAKEN:
                raise ConfigError(
                    f"{one.where} gives a column {name!r}, as columns.parquet calls one of its own ({', '.join(TAKEN)}); give it another name with as: NAME"
                )
            if name in columns:
                raise ConfigError(
                    f"{one.where} gives a column {name!r}, which another scorer gives too; add as: NAME to one of them"
                )
            columns[name] = column
    return Scored(columns=columns, other_names={n: f for n, f in firsts.items() if f and n not in columns})


def _called(found: Columns, *, one: Named) -> dict[str, Column]:
    """The columns under the name that the recipe gives them; the first has that name, or its own and its scorer's."""
    label = label_of(one.plugin)
    if label is None:
        return dict(found)
    first, *others = found
    return {label: found[first], **{f"{label}.{name}": found[name] for name in others}}


def _columns(rows: Rows, *, one: Named, scoring: Scoring, around: Mapping[str, Any]) -> dict[str, Column]:
    scorer = one.make()
    key = identity(one.plugin, registry=scorers, made=scorer, around=dict(around), seed=scoring.seed)
    folder = scoring.columns / key
    if not by_row(scorer):
        return _of_whole(rows, scorer=scorer, name=one.plugin.name, folder=folder, scoring=scoring)
    kept = Parts(folder)
    missing = np.flatnonzero(find_keys([part.keys for part in kept.read()], rows.keys) < 0)
    scoring.progress.start(one.plugin.name, total=len(rows))
    scoring.progress.advance(len(rows) - len(missing))
    unkept = _score_missing(rows, missing, scorer=scorer, kept=kept, scoring=scoring)
    return _assembled(rows, [*kept.read(), *unkept])


def _score_missing(rows: Rows, missing: Ints, *, scorer: Scorer, kept: Parts, scoring: Scoring) -> list[Part]:
    """Chunk by chunk; what is there is saved now and then, and whatever happens. Rows to ask about again are not saved, but come back."""
    pending, saved, unkept = _Pending(), -math.inf, list[Part]()
    try:
        for start in range(0, len(missing), CHUNK):
            chunk = missing[start : start + CHUNK]
            found = _checked(scorer.score(View(rows.samples, chunk), scoring=scoring), num_rows=len(chunk))
            again = _again(found)
            if again.any():
                unkept.append(_part(rows, chunk[again], columns=_some(found, np.flatnonzero(again))))
                chunk, found = chunk[~again], _some(found, np.flatnonzero(~again))
            pending.add(chunk, found)
            scoring.progress.advance(len(again))
            if time.monotonic() - saved > SAVED_EVERY_S:
                pending.save(rows, kept=kept)
                saved = time.monotonic()
    finally:
        pending.save(rows, kept=kept)
    return unkept


def _again(columns: Columns) -> npt.NDArray[np.bool_]:
    """(N,): the rows that one of the columns wants to be asked about again."""
    found = np.zeros(len(next(iter(columns.values())).values), dtype=bool)
    found[sorted({row for column in columns.values() for row in column.again})] = True
    return found


def _some(columns: Columns, places: Ints) -> dict[str, Column]:
    """Of those rows alone."""
    return {name: column.of(places) for name, column in columns.items()}


@dataclass
class _Pending:
    """Columns that are not on disk yet."""

    rows: list[Ints] = field(default_factory=list)
    columns: list[dict[str, Column]] = field(default_factory=list)
    names: list[tuple[str, bool]] = field(default_factory=list)

    def add(self, rows: Ints, columns: dict[str, Column]) -> None:
        names = [(name, column.higher_is_better) for name, column in columns.items()]
        if self.names and names != self.names:
            raise ConfigError(
                f"the columns of some rows are {self.names}, those of others {names}; a scorer gives the same of all"
            )
        self.names = names
        self.rows.append(rows)
        self.columns.append(columns)

    def save(self, rows: Rows, *, kept: Parts) -> None:
        if self.columns:
            kept.add(_part(rows, np.concatenate(self.rows), columns=_joined(self.columns)))
            self.rows, self.columns = [], []


def _joined(columns: Sequence[Columns]) -> dict[str, Column]:
    """Columns of several chunks, one behind the other."""
    starts = np.cumsum([0, *(len(next(iter(one.values())).values) for one in columns)]).tolist()
    return {
        name: Column(
            values=np.concatenate([one[name].values for one in columns]),
            why={
                start + row: reason
                for start, one in zip(starts, columns, strict=False)
                for row, reason in one[name].why.items()
            },
            higher_is_better=first.higher_is_better,
        )
        for name, first in columns[0].items()
    }


def _of_whole(rows: Rows, *, scorer: Scorer, name: str, folder: Path, scoring: Scoring) -> dict[str, Column]:
    """Columns that depend on the whole pool, kept for exactly this one."""
    kept = Parts(folder / pool_name(rows.keys))
    if not kept.read():
        scoring.progress.start(name)
        found = _checked(scorer.score(rows.samples, scoring=scoring), num_rows=len(rows))
        if _again(found).any():
            return found
        kept.add(_part(rows, np.arange(len(rows)), columns=found))
    return _columns_of(kept.read()[0], places=np.arange(len(rows)))


def pool_name(keys: Keys) -> str:
    """16 hex digits that stand for all rows in their order."""
    return blake2b(keys.tobytes(), digest_size=8).hexdigest()


def _checked(found: Columns, *, num_rows: int) -> dict[str, Column]:
    """What a scorer gave, as the protocol says it: a value for each row, and a reason for each that has none; what is infinite is none."""
    if not found:
        raise ConfigError("no column came back; a scorer gives at least one")
    return {str(name): _checked_column(str(name), column, num_rows=num_rows) for name, column in found.items()}


def _checked_column(name: str, column: Column, *, num_rows: int) -> Column:
    values: Floats = np.asarray(column.values, dtype=np.float64)
    if values.shape != (num_rows,):
        raise ConfigError(f"column {name!r} has the shape {values.shape} for {num_rows} rows; give ({num_rows},)")
    missing = np.flatnonzero(~np.isfinite(values)).tolist()
    unsaid = {row: UNSAID if np.isnan(values[row]) else f"its value is {values[row]}" for row in missing}
    why = {row: str(column.why.get(row) or unsaid[row]) for row in missing}
    values = np.where(np.isfinite(values), values, np.nan)
    again = {row for row in missing if row in column.again}
    return Column(values=values, why=why, higher_is_better=bool(column.higher_is_better), again=again)


def _part(rows: Rows, places: Ints, *, columns: Mapping[str, Column]) -> Part:
    facts = {
        "columns": [
            {"name": name, "higher_is_better": column.higher_is_better, "why": _by_reason(column.why)}
            for name, column in columns.items()
        ]
    }
    values = np.stack([column.values for column in columns.values()], axis=1)
    return Part(keys=rows.keys[places], values=values, facts=facts)


def _by_reason(why: Mapping[int, str]) -> dict[str, list[int]]:
    """Reasons repeat in thousands of rows; each is written once."""
    found: dict[str, list[int]] = {}
    for row, reason in why.items():
        found.setdefault(reason, []).append(row)
    return found


def _assembled(rows: Rows, parts: Sequence[Part]) -> dict[str, Column]:
    """The values of the pool's rows out of all that is kept."""
    if not parts:
        return {}
    at = find_keys([part.keys for part in parts], rows.keys)
    starts = np.cumsum([0, *(len(part.keys) for part in parts)])
    names = [_head(part) for part in parts]
    if any(one != names[0] for one in names):
        raise DataError(f"kept values have other columns in some parts ({names[0]}); delete the folder columns")
    columns = {name: (np.full(len(rows), np.nan), dict[int, str]()) for name, _ in names[0]}
    for part, start, end in zip(parts, starts[:-1], starts[1:], strict=True):
        places = np.flatnonzero((at >= start) & (at < end))
        for name, column in _columns_of(part, places=at[places] - start).items():
            columns[name][0][places] = column.values
            columns[name][1].update({int(places[row]): reason for row, reason in column.why.items()})
    return {
        name: Column(values=columns[name][0], why=columns[name][1], higher_is_better=higher)
        for name, higher in names[0]
    }


def _head(part: Part) -> list[tuple[str, bool]]:
    return [(one["name"], one["higher_is_better"]) for one in part.facts["columns"]]


def _columns_of(part: Part, *, places: Ints) -> dict[str, Column]:
    """Columns of those rows of a part that `places` number, in that order."""
    values = np.asarray(part.values)[places]
    return {
        one["name"]: Column(
            values=values[:, number].copy(),
            why=dict(_reasons(one["why"], places=places, num_rows=len(part.keys))),
            higher_is_better=one["higher_is_better"],
        )
        for number, one in enumerate(part.facts["columns"])
    }


def _reasons(why: Mapping[str, list[int]], *, places: Ints, num_rows: int) -> Iterator[tuple[int, str]]:
    if not why:
        return
    told: dict[int, str] = {row: reason for reason, rows in why.items() for row in rows if 0 <= row < num_rows}
    for number, row in enumerate(places.tolist()):
        if row in told:
            yield number, told[row]
