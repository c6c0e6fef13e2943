"""The headline in words: how a number, its interval and a comparison are said, for the page and the terminal alike.

A score is shown in per cent with its interval and n. Two scores are called apart only when their intervals do not
overlap, which is stricter than a test of the difference, so "apart" here is never too bold.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from sayso.errors import DataError, blame
from sayso.report.suites import SuiteView
from sayso.report.view import DistanceView, Estimate

__all__ = [
    "BY_DISTANCE",
    "cost_text",
    "DISTANCES",
    "estimate_text",
    "HEADLINE",
    "headline_rows",
    "labels_of",
    "number_text",
    "read_distances",
    "read_headline",
    "sentences",
]

NOT_MEASURED = "not measured"

HEADLINE: Mapping[str, tuple[str, str]] = {
    "held_in": ("Held-in tasks, tuned", "trained tasks in trained wordings, on new images"),
    "held_in_untuned": ("Held-in tasks, untuned", "the same model before tuning"),
    "held_in_shuffled": ("Held-in tasks, shuffled images", "the tuned model, shown another example's image"),
    "held_in_blind": ("Held-in tasks, blind", "always the commonest answer; no image, no question"),
    "held_out_wordings": ("Held-out wordings", "trained tasks, asked in words never trained on"),
    "held_out_tasks": ("Held-out tasks", "tasks never trained on"),
    "held_out_categories": ("Held-out categories", "whole categories never trained on"),
    "sensitivity": ("Sensitivity", "how much the wording alone moves the score; lower is better"),
}
"""Headline keys in reading order, each with its label and what it measures."""

TUNED = "tuned"
"""What a train stage made is called; any other model of a headline is called by its own name."""

DISTANCES: Mapping[str, tuple[str, str]] = {
    "L1": ("Held-out wordings, L1", "by the author or generator of trained ones"),
    "L2": ("Held-out wordings, L2", "by an operation or in a style never trained on"),
    "L3": ("Held-out wordings, L3", "written by others"),
}
"""How far held-out wordings are from trained ones, each with its label and what it means."""

BY_DISTANCE = ("held_out_wordings_by_distance", "drop_by_distance", "sensitivity_by_distance")
"""Keys of summary.json that map distances to estimates: score, what is lost against trained wordings, Sensitivity."""

COMPARISONS: tuple[tuple[str, str], ...] = (
    ("held_in_untuned", "the untuned model"),
    ("held_in_shuffled", "itself on shuffled images"),
    ("held_in_blind", "the blind majority answer"),
)


def labels_of(model: str) -> Mapping[str, tuple[str, str]]:
    """HEADLINE as it is said of `model`: one that was not tuned here has no earlier self beside it, and was trained on none of the tasks."""
    if model == TUNED:
        return HEADLINE
    said = {
        "held_in": (f"Held-in tasks, {model}", "tasks that the recipe trains on, in the wordings that it trains on"),
        "held_in_shuffled": (HEADLINE["held_in_shuffled"][0], "the same model, shown another example's image"),
        "held_out_wordings": (HEADLINE["held_out_wordings"][0], "the same tasks, in words kept out of training"),
    }
    return {key: said.get(key, value) for key, value in HEADLINE.items() if key != "held_in_untuned"}


def read_headline(summary: Mapping[str, Any]) -> dict[str, Estimate | None]:
    """The headline of a decoded summary.json, every key of HEADLINE present, None where it has none.

    Raises:
        DataError: a value is not an estimate.
    """
    return {key: _estimate(key, summary.get(key)) for key in HEADLINE}


def read_distances(summary: Mapping[str, Any]) -> tuple[DistanceView, ...]:
    """The distances at which a decoded summary.json has a score, nearest first.

    Raises:
        DataError: a value is not an estimate.
    """
    found = []
    for name in DISTANCES:
        score, drop, spread = (_estimate(f"{key}.{name}", (summary.get(key) or {}).get(name)) for key in BY_DISTANCE)
        if score is not None:
            found.append(DistanceView(name=name, score=score, drop=drop, sensitivity=spread))
    return tuple(found)


def _estimate(key: str, value: object) -> Estimate | None:
    if value is None or (isinstance(value, dict) and value.get("mean") is None):
        return None
    try:
        return msgspec.convert(value, Estimate)
    except msgspec.ValidationError as error:
        raise DataError(f"summary: {key} is {value!r}, not a mean with low, high and n: {error}") from error


def number_text(value: float | None, *, digits: int = 1, unit: str = "\u00a0%") -> str:
    """A fraction in per cent, `0.873` as `87.3 %`; None as "not measured"."""
    return NOT_MEASURED if value is None else f"{100 * value:.{digits}f}{unit}"


def interval_text(value: Estimate) -> str:
    """`84.1 to 90.2`, or "no interval"."""
    if value.low is None or value.high is None:
        return "no interval"
    return f"{100 * value.low:.1f} to {100 * value.high:.1f}"


def estimate_text(value: Estimate | None) -> str:
    """`87.3 % (84.1 to 90.2, n = 400)`, or "not measured"."""
    if value is None:
        return NOT_MEASURED
    count = "" if value.n is None else f", n\u00a0=\u00a0{value.n:,}"
    return f"{number_text(value.mean)} ({interval_text(value)}{count})"


def headline_rows(summary: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Label and value of each headline number, in reading order; `summary` is a decoded summary.json or report.json.

    Held-out wordings are followed by those of each distance at which there are some, and the headline by the suites of its model.

    Raises:
        DataError: a value is not an estimate.
    """
    headline, model = read_headline(summary), summary.get("model") or TUNED
    rows: list[tuple[str, str]] = []
    for key, (label, _) in labels_of(model).items():
        rows.append((label, estimate_text(headline[key])))
        if key == "held_out_wordings":
            rows += [(DISTANCES[one.name][0], estimate_text(one.score)) for one in read_distances(summary)]
    rows += _suite_rows(summary.get("suites") or (), model=model)
    return [(label, value.replace("\u00a0", " ")) for label, value in rows]


def _suite_rows(suites: Sequence[Mapping[str, Any]], *, model: str) -> Iterator[tuple[str, str]]:
    """`Suite pope` and `pope_f1 81.2 (78.4 to 84.0, n = 500)`, in per cent where the figure is a share."""
    with blame(DataError, "suites in summary.json"):
        views = msgspec.convert(list(suites), list[SuiteView])
    for one in views:
        if one.model == model:
            score, interval, n, *_, unread = one.cells
            more = f", {unread} % of answers not read" if one.unparsed else ""
            yield f"Suite {one.label}", f"{one.figure} {score} ({interval}, n = {n}){more}"


def cost_text(drop: Estimate | None) -> str:
    """`costs 2.1 points (0.4 to 3.8)`, or that it may be chance; empty where it was not measured."""
    if drop is None:
        return ""
    if drop.mean == drop.low == drop.high == 0:
        return "changes nothing"
    points = 100 * drop.mean
    said = f"costs {points:.1f} points" if points >= 0 else f"gains {-points:.1f} points"
    bounds = drop if points >= 0 else _turned(drop)
    chance = drop.low is not None and drop.high is not None and drop.low <= 0 <= drop.high
    return f"{said} ({interval_text(bounds)}{', which may be chance' if chance else ''})"


def _turned(value: Estimate) -> Estimate:
    low, high = (None if bound is None else -bound for bound in (value.high, value.low))
    return msgspec.structs.replace(value, mean=-value.mean, low=low, high=high)


def sentences(
    headline: Mapping[str, Estimate | None], *, distances: Sequence[DistanceView] = (), model: str = TUNED
) -> Iterator[str]:
    """The headline as plain sentences, only about what was measured; `model` is whose it is."""
    held_in = headline.get("held_in")
    if held_in is not None:
        tasks = "held-in tasks" if held_in.num_tasks is None else f"{held_in.num_tasks} held-in tasks"
        yield f"On {tasks}, asked in trained wordings, {_named(model)} scores {estimate_text(held_in)}."
        for key, name in COMPARISONS:
            other = headline.get(key)
            if other is not None:
                yield f"That is {_compared(held_in, other, name=name)}"
    yield from _generalisation(headline, distances=distances, model=model)
    spread = headline.get("sensitivity")
    if spread is not None:
        yield (
            f"From wording to wording of the same task, its score varies by {number_text(spread.mean)} of its mean "
            f"({interval_text(spread)}). That is the Sensitivity: 0 is a model that scores the same however it is asked."
        )


def _named(model: str) -> str:
    return f"the {model} model" if model in (TUNED, "untuned") else model


def _generalisation(
    headline: Mapping[str, Estimate | None], *, distances: Sequence[DistanceView], model: str
) -> Iterator[str]:
    wordings, held_in = headline.get("held_out_wordings"), headline.get("held_in")
    if wordings is not None:
        against = (
            f", {_compared(wordings, held_in, name='its score in trained wordings')}" if held_in is not None else "."
        )
        words = "it never saw" if model == TUNED else "kept out of training"
        yield f"Asked in wordings {words}, it scores {estimate_text(wordings)}{against}"
    for one in distances:
        cost = cost_text(one.drop)
        against = f"; against trained wordings of the same tasks, on the same examples, that {cost}" if cost else ""
        yield f"In held-out wordings of distance {one.name}, {DISTANCES[one.name][1]}, it scores {estimate_text(one.score)}{against}."
    for key in ("held_out_tasks", "held_out_categories"):
        value = headline.get(key)
        if value is not None:
            yield f"On {HEADLINE[key][1]}, in all their wordings, it scores {estimate_text(value)}."


def _compared(first: Estimate, second: Estimate, *, name: str) -> str:
    points = 100 * (first.mean - second.mean)
    if abs(points) < 0.05:
        return f"the same as {name} ({number_text(second.mean)})."
    direction = "above" if points > 0 else "below"
    return f"{abs(points):.1f} points {direction} {name} ({number_text(second.mean)}); {_overlap(first, second)}."


def _overlap(first: Estimate, second: Estimate) -> str:
    if first.low is None or first.high is None or second.low is None or second.high is None:
        return "without intervals, chance cannot be ruled out"
    apart = first.low > second.high or first.high < second.low
    return "the intervals are apart" if apart else "the intervals overlap, so the difference may be chance"
