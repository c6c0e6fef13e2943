"""What a study found: per value the mean over seeds with its interval, and whether the first and the last value differ.

Intervals over seeds are Student's t on the seeds' means, so they hold what another seed would change: weights, draws, which tasks
came first. The difference between the last and the first value is paired by seed. With one seed there is no interval, and nothing
is claimed.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, stdev
from typing import Any

from sayso.pipeline.studying.student import quantile

__all__ = ["interval", "Measure", "MEASURES", "Point", "Row", "rows_of", "verdict"]


@dataclass(frozen=True, kw_only=True)
class Point:
    """A mean with its 95 % interval over `n` seeds; None where there is one seed only."""

    mean: float
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One number of an evaluation, read from its `summary.json`; `lower_is_better` for sensitivities."""

    name: str
    label: str
    read: Callable[[Mapping[str, Any]], float | None]
    lower_is_better: bool = False


@dataclass(frozen=True, kw_only=True)
class Row:
    """A measure along the axis: values of each seed, points over seeds, and the last value minus the first."""

    measure: Measure
    by_seed: Mapping[int, tuple[float | None, ...]]
    points: tuple[Point | None, ...]
    change: Point | None


def _headline(key: str) -> Callable[[Mapping[str, Any]], float | None]:
    return lambda summary: summary[key]["mean"] if summary.get(key) else None


def _at_distance(name: str) -> Callable[[Mapping[str, Any]], float | None]:
    def read(summary: Mapping[str, Any]) -> float | None:
        found = (summary.get("held_out_wordings_by_distance") or {}).get(name)
        return found["mean"] if found else None

    return read


def _held_out_sensitivity(summary: Mapping[str, Any]) -> float | None:
    """Of held-in tasks over their held-out wordings alone, which are the same in all runs whatever they were trained on."""
    means: dict[str, list[float]] = {}
    metrics = {row["task"]: row["metric"] for row in summary["by_task"] if row["group"] == "held_in"}
    for row in summary.get("wordings", ()):
        plain = (row["model"], row["condition"]) == ("tuned", "plain")
        if plain and row["template_held_out"] and row["mean"] is not None and metrics.get(row["task"]) == row["metric"]:
            means.setdefault(row["task"], []).append(row["mean"])
    spreads = [stdev(values) / mean(values) for values in means.values() if len(values) > 1 and mean(values) > 0]
    return mean(spreads) if spreads else None


def _unseen(key: str) -> Callable[[Mapping[str, Any]], float | None]:
    def read(summary: Mapping[str, Any]) -> float | None:
        rows = [row for row in summary["by_task"] if row["group"] != "held_in"]
        found = [row[key] for row in rows if row[key] is not None]
        return mean(found) if found else None

    return read


MEASURES = (
    Measure(name="unseen_tasks", label="unseen tasks, mean over their wordings", read=_unseen("mean")),
    Measure(
        name="unseen_sensitivity",
        label="Sensitivity on unseen tasks",
        read=_unseen("sensitivity"),
        lower_is_better=True,
    ),
    Measure(name="held_in", label="held-in tasks, held-in wordings", read=_headline("held_in")),
    Measure(name="held_out_wordings", label="held-in tasks, held-out wordings", read=_headline("held_out_wordings")),
    *(
        Measure(
            name=f"held_out_wordings_{name}", label=f"held-in tasks, held-out wordings {name}", read=_at_distance(name)
        )
        for name in ("L1", "L2", "L3")
    ),
    Measure(
        name="sensitivity",
        label="Sensitivity on held-in tasks, held-out wordings",
        read=_held_out_sensitivity,
        lower_is_better=True,
    ),
)
"""What is read of each run. The aggregate of unseen tasks and its Sensitivity are MultiInstruct's.

Held-in is what the build does not hold out: the same tasks in every run, whether or not it trained on all of them.
"""


def interval(values: Sequence[float]) -> Point:
    """Mean and 95 % interval of the values of some seeds."""
    centre, number = mean(values), len(values)
    if number < 2:
        return Point(mean=centre, low=None, high=None, n=number)
    half = quantile(0.95, number - 1) * stdev(values) / math.sqrt(number)
    return Point(mean=centre, low=centre - half, high=centre + half, n=number)


def rows_of(summaries: Mapping[tuple[str, int], Mapping[str, Any]], *, values: Sequence[str]) -> list[Row]:
    """A row per measure that any run has; `summaries` are by value and seed."""
    seeds = sorted({seed for _, seed in summaries})
    rows = []
    for measure in MEASURES:
        by_seed = {seed: tuple(measure.read(summaries[value, seed]) for value in values) for seed in seeds}
        if any(number is not None for numbers in by_seed.values() for number in numbers):
            rows.append(_row(measure, by_seed))
    return rows


def _row(measure: Measure, by_seed: Mapping[int, tuple[float | None, ...]]) -> Row:
    columns = zip(*by_seed.values(), strict=True)
    known = [[number for number in column if number is not None] for column in columns]
    ends = [(n[0], n[-1]) for n in by_seed.values()]
    changes = [last - first for first, last in ends if first is not None and last is not None]
    return Row(
        measure=measure,
        by_seed=by_seed,
        points=tuple(interval(numbers) if numbers else None for numbers in known),
        change=interval(changes) if changes else None,
    )


def verdict(row: Row, *, first: str, last: str) -> str:
    """One honest sentence about the change from the first value to the last."""
    change = row.change
    if change is None or change.low is None or change.high is None:
        if len(row.by_seed) < 2:
            return f"{row.measure.label}: one seed tells nothing about a direction; run at least three."
        return (
            f"{row.measure.label}: measured at both {first} and {last} with {change.n if change else 0} of {len(row.by_seed)} seeds, "
            "too few to tell a direction."
        )
    said = (
        f"{row.measure.label}: {100 * change.mean:+.1f} from {first} to {last} (95 % {_span(change)}, {change.n} seeds)"
    )
    if change.low <= 0 <= change.high:
        return f"{said}; the interval holds 0, so no direction can be told."
    better = (change.mean < 0) == row.measure.lower_is_better
    return f"{said}; it gets {'better' if better else 'worse'}."


def _span(point: Point) -> str:
    return f"{100 * (point.low or 0):+.1f} to {100 * (point.high or 0):+.1f}"
