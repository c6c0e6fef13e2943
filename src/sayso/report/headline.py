"""The headline in words: how a number, its interval and a comparison are said, for the page and the terminal alike.

A score is shown in per cent with its interval and n. Two scores are called apart only when their intervals do not
overlap, which is stricter than a test of the difference, so "apart" here is never too bold.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from sayso.errors import DataError
from sayso.report.view import Estimate

__all__ = ["estimate_text", "HEADLINE", "headline_rows", "number_text", "read_headline", "sentences"]

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

COMPARISONS: tuple[tuple[str, str], ...] = (
    ("held_in_untuned", "the untuned model"),
    ("held_in_shuffled", "itself on shuffled images"),
    ("held_in_blind", "the blind majority answer"),
)


def read_headline(summary: Mapping[str, Any]) -> dict[str, Estimate | None]:
    """The headline of a decoded summary.json, every key of HEADLINE present, None where it has none.

    Raises:
        DataError: a value is not an estimate.
    """
    return {key: _estimate(key, summary.get(key)) for key in HEADLINE}


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

    Raises:
        DataError: a value is not an estimate.
    """
    headline = read_headline(summary)
    return [(label, estimate_text(headline[key]).replace("\u00a0", " ")) for key, (label, _) in HEADLINE.items()]


def sentences(headline: Mapping[str, Estimate | None]) -> Iterator[str]:
    """The headline as plain sentences, only about what was measured."""
    held_in = headline.get("held_in")
    if held_in is not None:
        tasks = "held-in tasks" if held_in.num_tasks is None else f"{held_in.num_tasks} held-in tasks"
        yield f"On {tasks}, asked in trained wordings, the tuned model scores {estimate_text(held_in)}."
        for key, name in COMPARISONS:
            other = headline.get(key)
            if other is not None:
                yield f"That is {_compared(held_in, other, name=name)}"
    yield from _generalisation(headline)
    spread = headline.get("sensitivity")
    if spread is not None:
        yield (
            f"From wording to wording of the same task, its score varies by {number_text(spread.mean)} of its mean "
            f"({interval_text(spread)}). That is the Sensitivity: 0 is a model that scores the same however it is asked."
        )


def _generalisation(headline: Mapping[str, Estimate | None]) -> Iterator[str]:
    wordings, held_in = headline.get("held_out_wordings"), headline.get("held_in")
    if wordings is not None:
        against = (
            f", {_compared(wordings, held_in, name='its score in trained wordings')}" if held_in is not None else "."
        )
        yield f"Asked in wordings it never saw, it scores {estimate_text(wordings)}{against}"
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
