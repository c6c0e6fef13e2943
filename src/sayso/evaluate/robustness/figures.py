"""All that is said of how much wording matters, of tasks of one model: the content of `sayso sensitivity --json` and of the fields of summary.json.

| field | what it is |
|---|---|
| `sensitivity` | as measured: MultiInstruct's definition, with its interval where examples are known |
| `sensitivity_corrected` | the noise of finitely many examples removed, with an interval and a p-value (`corrected`) |
| `sensitivity_noise_floor` | the mean Sensitivity of the same scores where no wording differs (`permuting`) |
| `prompt_sensitivity` and further measures | under the definitions of others (`spread`), averaged over tasks |
| `worst_wording`, `best_wording` | scores of these, averaged over tasks, as measured and as expected elsewhere (`extremes`) |
| `gap_by_distance` | what held-out wordings cost, where it is known which these are (`gaps`) |

A field without anything behind it is null, and `reasons` counts why over tasks.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from sayso.evaluate.intervals import Bootstrap, as_row, sensitivity_interval
from sayso.evaluate.robustness.corrected import Corrected, bracket, correct, too_calm
from sayso.evaluate.robustness.extremes import Extreme, extremes, halved, shrunk
from sayso.evaluate.robustness.gaps import gaps
from sayso.evaluate.robustness.permuting import Floor, noise_floor
from sayso.evaluate.robustness.scores import Noise, TaskScores, noise_of
from sayso.evaluate.robustness.spread import Measures, measures
from sayso.evaluate.sensitivity import coefficient_of_variation

__all__ = ["robustness", "share_examples"]

SHARED = "proportions, not independent"
REASON = (
    "scores differ less than those of independent samples: wordings shared examples, so the interval runs from all of the noise removed to none; "
    "give scores by example"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Task:
    """A task with all that is found of it."""

    given: TaskScores
    noise: Noise
    plain: float | None
    measures: Measures | None
    ends: tuple[Extreme, Extreme] | None


def robustness(tasks: Sequence[TaskScores], *, bootstrap: Bootstrap, shared: bool = False) -> dict[str, Any]:
    """The fields above over tasks, and `by_task`, a row each; tasks without a value are left out of means and counted.

    `shared` says of shares of n that the wordings are known to have met the same examples, which other scores of the same making may have told.
    """
    shared = shared or share_examples(tasks)
    found = [_settled(_measured(task, bootstrap=bootstrap), shared=shared) for task in tasks]
    floor = noise_floor(
        {one.given.task: one.noise.complete for one in found if one.noise.complete is not None}, bootstrap=bootstrap
    )
    return {
        "sensitivity": _plain(found, bootstrap=bootstrap),
        "sensitivity_corrected": _corrected(found, floor=floor, confidence=bootstrap.confidence),
        "sensitivity_noise_floor": _floor(found, floor=floor),
        **_averages(found),
        "worst_wording": _end(found, 0),
        "best_wording": _end(found, 1),
        "gap_by_distance": gaps(tasks, bootstrap=bootstrap),
        "num_undefined": sum(one.plain is None for one in found),
        "reasons": dict(Counter(one.noise.reason for one in found if one.noise.reason)),
        "by_task": [_task_row(one, floor=floor, confidence=bootstrap.confidence) for one in found],
    }


def share_examples(tasks: Sequence[TaskScores]) -> bool:
    """Whether shares of n lie closer together, on some task, than those of independent samples could."""
    noises = [noise_of(task) for task in tasks]
    return too_calm([one.moments for one in noises if one.method == "proportions" and one.moments is not None])


def _settled(one: _Task, *, shared: bool) -> _Task:
    if not shared or one.noise.method != "proportions":
        return one
    return replace(one, noise=replace(one.noise, method=SHARED, reason=REASON))


def _measured(task: TaskScores, *, bootstrap: Bootstrap) -> _Task:
    noise = noise_of(task)
    value = float(coefficient_of_variation(task.means))
    return _Task(
        given=task,
        noise=noise,
        plain=None if np.isnan(value) else value,
        measures=measures(task.means),
        ends=extremes(task.means, wordings=task.wordings, expected=_expected(task, noise=noise, bootstrap=bootstrap)),
    )


def _expected(task: TaskScores, *, noise: Noise, bootstrap: Bootstrap) -> tuple[float, float] | None:
    if task.scores is not None:
        return halved(task.scores, bootstrap=bootstrap, name=task.task)
    return shrunk(task.means, moments=noise.moments) if noise.moments is not None else None


def _plain(found: Sequence[_Task], *, bootstrap: Bootstrap) -> dict[str, Any] | None:
    """Sensitivity as measured; bounds are null where some task has no scores by example."""
    defined = [one for one in found if one.plain is not None]
    if not defined:
        return None
    size = {"n": sum(one.given.num_examples for one in defined), "num_tasks": len(defined)}
    scores = {one.given.task: one.given.scores for one in defined if one.given.scores is not None}
    if len(scores) < len(defined):
        return {"mean": float(np.mean([one.plain for one in defined])), "low": None, "high": None, **size}
    interval = sensitivity_interval(scores, bootstrap=bootstrap)
    return as_row(interval)


def _corrected(found: Sequence[_Task], *, floor: Floor | None, confidence: float) -> dict[str, Any] | None:
    """Over the tasks where chance is known; the test is by permutation where every one of them is paired."""
    known = [one for one in found if one.noise.moments is not None]
    value = _value(known, confidence=confidence)
    if value is None:
        return None
    dealt = floor is not None and all(one.noise.complete is not None for one in known)
    return {
        **asdict(value),
        "n": sum(one.given.num_examples for one in known),
        "p_value": floor.p_value if floor is not None and dealt else value.p_value,
        "test": "permutation" if dealt else "normal",
        "method": "+".join(sorted({one.noise.method for one in known})),
    }


def _value(known: Sequence[_Task], *, confidence: float) -> Corrected | None:
    moments = [one.noise.moments for one in known if one.noise.moments is not None]
    settle = bracket if any(one.noise.method == SHARED for one in known) else correct
    return settle(moments, confidence=confidence)


def _floor(found: Sequence[_Task], *, floor: Floor | None) -> dict[str, Any] | None:
    values = [value for one in found if (value := _task_floor(one, floor=floor)) is not None]
    return {"mean": float(np.mean(values)), "num_tasks": len(values)} if values else None


def _task_floor(one: _Task, *, floor: Floor | None) -> float | None:
    """By dealing out where examples are shared, else the mean of a chi variable of as many degrees of freedom as the noise has."""
    moments = one.noise.moments
    if moments is None:
        return None
    if one.noise.complete is not None and floor is not None:
        return floor.by_task[one.given.task]
    noise = float(moments.noise)
    if noise <= 0:
        return 0.0
    free = noise**2 / float(moments.wobble)
    return math.sqrt(noise) * (1 - 1 / (4 * free) + 1 / (32 * free**2)) / float(moments.mean)


def _averages(found: Sequence[_Task]) -> dict[str, float | None]:
    names = Measures.__dataclass_fields__
    return {name: _mean(found, lambda one, name=name: one.measures and getattr(one.measures, name)) for name in names}  # type: ignore[misc]


def _end(found: Sequence[_Task], place: int) -> dict[str, float | None] | None:
    score = _mean(found, lambda one: one.ends and one.ends[place].score)
    if score is None:
        return None
    everywhere = all(one.ends and one.ends[place].expected is not None for one in found if len(one.given.wordings) > 1)
    expected = _mean(found, lambda one: one.ends and one.ends[place].expected)
    return {"mean": score, "expected": expected if everywhere else None}


def _mean(found: Sequence[_Task], value: Callable[[_Task], float | None]) -> float | None:
    """Over tasks with at least two wordings that have a value."""
    values = [value(one) for one in found if len(one.given.wordings) > 1]
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _task_row(one: _Task, *, floor: Floor | None, confidence: float) -> dict[str, Any]:
    """A row of `by_task`."""
    value = _value([one], confidence=confidence)
    row = {
        "task": one.given.task,
        "num_wordings": len(one.given.wordings),
        "n": one.given.num_examples or None,
        "mean": float(one.given.means.mean()) if len(one.given.means) else None,
        "sensitivity": one.plain,
        "sensitivity_corrected": value and asdict(value),
        "sensitivity_noise_floor": _task_floor(one, floor=floor),
        "method": one.noise.method,
        "reason": one.noise.reason or None,
    }
    ends = {name: one.ends and asdict(one.ends[place]) for place, name in enumerate(("worst_wording", "best_wording"))}
    return row | (one.measures.as_dict() if one.measures else {}) | ends
