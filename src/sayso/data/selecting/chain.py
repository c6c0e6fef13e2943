"""Selectors in a row, each among what the one before it left, until every row of the pool has a verdict.

A budget is a share of all rows of the pool (of each task, with `per_task`) or a number, and at least one row; that of the stage is the last selector's. What earlier
selections chose stays, is shown to every selector, and counts towards the last budget. Tokens bound the last selector too, shared out between tasks by their
own tokens where it chooses in every task by itself.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property

import numpy as np
import numpy.typing as npt

from sayso.config import PluginConfig, SelectConfig, SelectorConfig
from sayso.data.features._protocol import Vectors
from sayso.data.scorers import Column, Scoring
from sayso.data.scorers._protocol import Floats
from sayso.data.selecting.identity import LABEL, label_of, options_of
from sayso.data.selecting.rows import Rows
from sayso.data.selecting.samples import View
from sayso.data.selectors import Budget, Picked, Pool, Selector, selectors
from sayso.data.selectors._columns import need_bound
from sayso.data.selectors._protocol import Ints
from sayso.errors import ConfigError, blame

__all__ = ["build_selectors", "Fates", "run_chain", "Step"]

BY = "by"
"""The option of selectors that names what they rank by."""
FULL = "the budget was full"


@dataclass(frozen=True, kw_only=True)
class Step:
    """A selector of the recipe: what it is called in verdicts, how much it keeps, and the keys that name it in errors."""

    label: str
    config: SelectorConfig
    selector: Selector
    where: str
    last: bool


@dataclass(kw_only=True)
class Fates:
    """What becomes of N rows: `keep`, (N,), and why; `scores`, (N,), by what `by` says, and which selector decided.

    `order`, (k,), are the rows that the last selector chose, in that order.
    """

    keep: npt.NDArray[np.bool_]
    reasons: list[str]
    scores: Floats
    by: list[str]
    selectors: list[str]
    order: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    left: dict[str, int] = field(default_factory=dict)
    """How many rows each selector left."""

    @cached_property
    def ranks(self) -> list[int | None]:
        """The place of each row in the order of choice, from 0; None where the last selector did not choose it."""
        found: list[int | None] = [None] * len(self.keep)
        for rank, row in enumerate(self.order.tolist()):
            found[row] = rank
        return found


@dataclass(frozen=True, kw_only=True)
class Around:
    """What selectors see besides rows; `other_names` are further names of columns, and what these are called."""

    columns: Mapping[str, Column]
    other_names: Mapping[str, str] = field(default_factory=dict)
    features: Callable[[PluginConfig, Ints], Vectors]
    scoring: Scoring


def build_selectors(config: SelectConfig, *, where: str) -> list[Step]:
    """The selectors that a recipe names, with their options checked.

    Raises:
        ConfigError: no such selector or option, a budget that is none, or a budget and nothing that spends it.
    """
    for amount in (config.budget, *(entry.budget for entry in config.selectors)):
        _check_amount(amount, where=where)
    if not config.selectors and (config.budget is not None or config.max_tokens is not None):
        bound = f"budget {config.budget}" if config.budget is not None else f"max_tokens {config.max_tokens}"
        raise ConfigError(f"{where} has {bound} and no selector that spends it; add selectors: [{{name: random}}]")
    if config.selectors and config.budget is not None and (own := config.selectors[-1].budget) is not None:
        raise ConfigError(
            f"{where} has budget {config.budget} and its last selector, {config.selectors[-1].name}, {own}; give one of them"
        )
    names = [entry.name for entry in config.selectors]
    steps = []
    for number, entry in enumerate(config.selectors):
        place = f"{where}.selectors.{number} ({entry.name})"
        with blame(ConfigError, place):
            options = {**_first_column(entry, config), **options_of(entry)}
            selector = selectors.build(entry.name, options, others=[*type(entry).model_fields, LABEL])
            if getattr(selector, "needs_budget", False):
                need_bound(_bound(config, entry), name=entry.name)
        label = str(
            entry.options.get(LABEL) or (entry.name if names.count(entry.name) == 1 else f"{entry.name} {number + 1}")
        )
        last = number == len(names) - 1
        steps.append(Step(label=label, config=entry, selector=selector, where=place, last=last))
    return steps


def _bound(config: SelectConfig, entry: SelectorConfig) -> Budget:
    """Whether there is one at all, as far as a recipe tells; how much it is depends on the pool."""
    last = entry is config.selectors[-1]
    if entry.budget is None and not (last and (config.budget, config.max_tokens) != (None, None)):
        return Budget()
    return Budget(rows=0)


def _first_column(entry: SelectorConfig, config: SelectConfig) -> dict[str, str]:
    """The first scorer, where a selector has to be told a column and is not."""
    takes = inspect.signature(selectors.get(entry.name)).parameters.get(BY)
    if not config.scorers or takes is None or takes.default is not takes.empty:
        return {}
    first = config.scorers[0]
    return {BY: label_of(first) or first.name}


def _check_amount(amount: float | None, *, where: str) -> None:
    if isinstance(amount, float) and amount >= 1 and (amount == 1 or amount != int(amount)):
        raise ConfigError(
            f"{where}: budget {amount} is neither a share, which is under 1, nor a number of rows; write 0.1 or 100, or leave it out to keep all"
        )


def run_chain(rows: Rows, *, steps: Sequence[Step], config: SelectConfig, around: Around, chosen: Ints) -> Fates:
    """A verdict for every row; `chosen` are rows that stay whatever is decided.

    Raises:
        ConfigError: a column or a budget is missing, or a selector gave rows that are none.
        DataError: a sample cannot be read.
        BackendError: a model gave up.
    """
    fates = Fates(
        keep=np.ones(len(rows), dtype=bool),
        reasons=["nothing was to be left out"] * len(rows),
        scores=np.full(len(rows), np.nan),
        by=[""] * len(rows),
        selectors=[""] * len(rows),
    )
    for row in chosen.tolist():
        fates.reasons[row] = "kept by an earlier selection"
    for step in steps:
        with blame(ConfigError, step.where):
            _run_step(step, rows=rows, config=config, around=around, chosen=chosen, fates=fates)
        fates.left[step.label] = int(fates.keep.sum())
    return fates


def _run_step(step: Step, *, rows: Rows, config: SelectConfig, around: Around, chosen: Ints, fates: Fates) -> None:
    left = np.flatnonzero(fates.keep)
    orders = []
    for group, everybody in _groups(rows, left=left, per_task=step.config.per_task):
        budget = _budget(step, config=config, rows=rows, everybody=everybody, chosen=np.intersect1d(chosen, group))
        if budget.costs is not None:
            budget = replace(budget, costs=budget.costs[group])
        pool = _pool(group, rows=rows, around=around, chosen=chosen)
        picked = _pick(step, pool=pool, budget=budget)
        picked = replace(picked, by=around.other_names.get(picked.by, picked.by))
        _decide(step, picked, group=group, pool=pool, fates=fates)
        orders.append(group[picked.rows])
    fates.order = np.concatenate([*orders, fates.order[:0]])


def _pick(step: Step, *, pool: Pool, budget: Budget) -> Picked:
    """What the selector picks; nothing, where nothing can be."""
    if len(pool) == len(pool.chosen) or budget.rows == 0 or budget.tokens == 0:
        return Picked(rows=np.empty(0, dtype=np.int64), by="")
    return _checked(step.selector.select(pool, budget=budget), pool=pool, budget=budget)


def _groups(rows: Rows, *, left: Ints, per_task: bool) -> Iterator[tuple[Ints, Ints]]:
    """The rows that are chosen from together, and all those of the pool that they were once among."""
    everybody = np.arange(len(rows))
    if not per_task:
        yield left, everybody
        return
    tasks = np.array(rows.tasks)
    for task in sorted(set(rows.tasks)):
        yield left[tasks[left] == task], np.flatnonzero(tasks == task)


def _budget(step: Step, *, config: SelectConfig, rows: Rows, everybody: Ints, chosen: Ints) -> Budget:
    amount = step.config.budget
    if not step.last:
        return Budget(rows=_number(amount, of=len(everybody)))
    amount = config.budget if amount is None else amount
    number = _number(amount, of=len(everybody))
    most = None if number is None else max(number - len(chosen), 0)
    if config.max_tokens is None or rows.costs is None:
        return Budget(rows=most)
    total = int(rows.costs.sum())
    tokens = config.max_tokens * int(rows.costs[everybody].sum()) // total if total else config.max_tokens
    return Budget(rows=most, tokens=max(tokens - int(rows.costs[chosen].sum()), 0), costs=rows.costs)


def _number(amount: float | None, *, of: int) -> int | None:
    """A share of `of` rows, rounded down but at least one, or a number; a share is the decimal that was written, so that 0.29 of 100 are 29."""
    if amount is None or not of:
        return None if amount is None else 0
    return max(1, int(Fraction(str(amount)) * of)) if amount < 1 else int(amount)


def _pool(group: Ints, *, rows: Rows, around: Around, chosen: Ints) -> Pool:
    whole = len(group) == len(rows)
    return Pool(
        samples=rows.samples if whole else View(rows.samples, group),
        columns=around.columns if whole else {name: column.of(group) for name, column in around.columns.items()},
        tasks=rows.tasks if whole else [rows.tasks[row] for row in group.tolist()],
        features=lambda plugin: around.features(plugin, group),
        scoring=around.scoring,
        chosen=np.flatnonzero(np.isin(group, chosen)),
    )


def _checked(picked: Picked, *, pool: Pool, budget: Budget) -> Picked:
    """What was picked, within the budget and without what was chosen before.

    Raises:
        ConfigError: rows that are not in the pool, one of them twice, or scores that do not fit.
    """
    rows = np.asarray(picked.rows, dtype=np.int64)
    if len(rows) and (rows.min() < 0 or rows.max() >= len(pool)):
        raise ConfigError(f"rows {rows.min()} to {rows.max()} of a pool of {len(pool)} came back; give numbers from 0")
    if len(np.unique(rows)) < len(rows):
        raise ConfigError(f"{len(rows)} rows came back, {len(np.unique(rows))} of them different; give each once")
    scores = np.full(len(rows), np.nan) if picked.scores is None else np.asarray(picked.scores, dtype=np.float64)
    if scores.shape != rows.shape:
        raise ConfigError(f"{len(scores)} scores came back for {len(rows)} rows; give one for each")
    fits = budget.cut(rows[~np.isin(rows, pool.chosen)])
    places = np.flatnonzero(np.isin(rows, fits))
    return Picked(rows=rows[places], by=picked.by, scores=scores[places], why=picked.why)


def _decide(step: Step, picked: Picked, *, group: Ints, pool: Pool, fates: Fates) -> None:
    """Write down what a selector said of the rows of a group."""
    kept = np.zeros(len(group), dtype=bool)
    kept[picked.rows] = True
    stays = kept.copy()
    stays[pool.chosen] = True
    values = pool.columns[picked.by].values if picked.by in pool.columns else np.full(len(group), np.nan)
    values = np.array(values, copy=True)
    if picked.scores is not None:
        values[picked.rows] = picked.scores
    ranked = picked.by in pool.columns
    why_kept = f"{step.label} by {picked.by}"
    for place, row in enumerate(group.tolist()):
        if stays[place] and not kept[place]:
            continue
        fates.keep[row] = bool(kept[place])
        fates.reasons[row] = why_kept if kept[place] else f"{step.label}: {picked.why.get(place, FULL)}"
        fates.scores[row] = values[place]
        fates.by[row] = picked.by if kept[place] or ranked else ""
        fates.selectors[row] = step.label
