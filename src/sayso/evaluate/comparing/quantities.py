"""What two runs are compared in: each a function of the wordings' means of a task, averaged over the tasks that have it.

- `overall`: all tasks under all wordings, but for retention, whose log-probabilities are no scores; `held_in`: trained tasks under trained wordings; `held_out_wordings`: trained tasks under wordings never
  trained on; `held_out_tasks`, `held_out_categories`: the tasks never trained on; `unseen`: these three together; `suites`: tasks of suites;
- `worst_wording`: a task's score under its worst wording, which may be another one in each run;
- `sensitivity`: standard deviation over mean of a task's wordings (MultiInstruct, see sayso.evaluate.sensitivity); lower is better;
- `wording_gap`: trained wordings minus wordings never trained on, of trained tasks that have both; lower is better.

A difference is the second run minus the baseline. Its interval is that of the paired bootstrap; for `worst_wording` and `sensitivity`, which noise pushes
to one side, the resamples are shifted to have the measured difference as their mean. Its p-value comes from swaps.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sayso.evaluate.comparing.pairing import TaskScores, is_binary
from sayso.evaluate.comparing.resampling import PairMeans
from sayso.evaluate.comparing.significance import PValues, mcnemar, swap_test
from sayso.evaluate.means import bounds, known_mean
from sayso.evaluate.sensitivity import Floats, coefficient_of_variation, wording_means

__all__ = ["difference_in", "DifferenceIn", "is_scored", "of_task", "of_wording", "QUANTITIES", "Quantity"]


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """`of` maps means (R, W) of a task's wordings to R values, or to None where the task is not meant; resamples of a `centred` one are shifted to what was measured."""

    name: str
    of: Callable[[Floats, TaskScores], Floats | None]
    centred: bool = False


@dataclass(frozen=True, kw_only=True)
class DifferenceIn:
    """Second minus first, as a fraction, with interval, p-values, and the number of examples and tasks behind it."""

    first: float
    second: float
    mean: float
    low: float
    high: float
    p: PValues
    n: int
    num_tasks: int

    def plain(self) -> dict[str, Any]:
        """For JSON; `p` is two-sided."""
        return {
            "first": self.first,
            "second": self.second,
            "mean": self.mean,
            "low": self.low,
            "high": self.high,
            "p": self.p.both,
            "test": self.p.test,
            "n": self.n,
            "num_tasks": self.num_tasks,
        }


def _mean_where(keep: Callable[[TaskScores, str | None], bool]) -> Callable[[Floats, TaskScores], Floats | None]:
    """The mean over the wordings that are meant, given by their task and distance."""

    def of(means_RW: Floats, scores: TaskScores) -> Floats | None:
        rows = [row for row, distance in enumerate(scores.distances) if keep(scores, distance)]
        return wording_means(means_RW[:, rows]) if rows else None

    return of


def _in(*groups: str) -> Callable[[TaskScores, str | None], bool]:
    return lambda scores, _: scores.group in groups


def _seen(scores: TaskScores, distance: str | None) -> bool:
    return scores.group == "held_in" and distance is None


def _unseen_wording(scores: TaskScores, distance: str | None) -> bool:
    return scores.group == "held_in" and distance is not None


def _unseen(scores: TaskScores, distance: str | None) -> bool:
    return scores.group in {"held_out_task", "held_out_category"} or _unseen_wording(scores, distance)


def _gap(means_RW: Floats, scores: TaskScores) -> Floats | None:
    seen, unseen = _mean_where(_seen)(means_RW, scores), _mean_where(_unseen_wording)(means_RW, scores)
    return None if seen is None or unseen is None else seen - unseen


def is_scored(scores: TaskScores, _: str | None = None) -> bool:
    """Whether they are scores, as the log-probabilities of retention are not."""
    return scores.group != "retention"


def _worst(means_RW: Floats, scores: TaskScores) -> Floats | None:
    if not is_scored(scores):
        return None
    return np.asarray(np.fmin.reduce(means_RW, axis=1))


def _sensitivity(means_RW: Floats, scores: TaskScores) -> Floats | None:
    return coefficient_of_variation(means_RW) if means_RW.shape[1] > 1 and is_scored(scores) else None


ALL = Quantity(name="all", of=_mean_where(lambda *_: True))
"""Of a single task."""
QUANTITIES = {
    one.name: one
    for one in (
        Quantity(name="overall", of=_mean_where(is_scored)),
        Quantity(name="held_in", of=_mean_where(_seen)),
        Quantity(name="held_out_wordings", of=_mean_where(_unseen_wording)),
        Quantity(name="held_out_tasks", of=_mean_where(_in("held_out_task"))),
        Quantity(name="held_out_categories", of=_mean_where(_in("held_out_category"))),
        Quantity(name="unseen", of=_mean_where(_unseen)),
        Quantity(name="suites", of=_mean_where(_in("suite"))),
        Quantity(name="worst_wording", of=_worst, centred=True),
        Quantity(name="sensitivity", of=_sensitivity, centred=True),
        Quantity(name="wording_gap", of=_gap),
    )
}
"""By name, in reading order."""


def difference_in(quantity: Quantity, tasks: Sequence[PairMeans], *, confidence: float) -> DifferenceIn | None:
    """The quantity in both runs and its difference; None where no task has it."""
    values = [(task, first, second) for task in tasks for first, second in _measured(quantity, task)]
    if not values:
        return None
    kept = [task for task, _, _ in values]
    drawn = _mean_over([_change(quantity, task.scores, task.resampled) for task in kept])
    swaps = _mean_over([_change(quantity, task.scores, task.swapped) for task in kept])
    low, high = _interval(drawn, confidence=confidence, centred=quantity.centred)
    return DifferenceIn(
        first=float(np.mean([first for _, first, _ in values])),
        second=float(np.mean([second for _, _, second in values])),
        mean=float(swaps[0]),
        low=low,
        high=high,
        p=_exact(kept) or swap_test(swaps),
        n=sum(len(task.scores.examples) for task in kept),
        num_tasks=len(kept),
    )


def of_task(task: PairMeans, *, confidence: float) -> DifferenceIn:
    """The mean over all wordings of one task."""
    found = difference_in(ALL, [task], confidence=confidence)
    assert found is not None  # noqa: S101 - every wording of a block has scores
    return found


def of_wording(task: PairMeans, row: int, *, confidence: float) -> DifferenceIn:
    """One wording of a task, the `row`-th."""
    first, second = task.first[row], task.second[row]
    drawn = task.resampled[1][:, row] - task.resampled[0][:, row]
    low, high = _interval(drawn, confidence=confidence, centred=False)
    swaps = task.swapped[1][:, row] - task.swapped[0][:, row]
    return DifferenceIn(
        first=float(task.resampled[0][0, row]),
        second=float(task.resampled[1][0, row]),
        mean=float(drawn[0]),
        low=low,
        high=high,
        p=mcnemar(first, second) if _exactly_known(task.scores, first, second) else swap_test(swaps),
        n=int((~np.isnan(first)).sum()),
        num_tasks=1,
    )


def _measured(quantity: Quantity, task: PairMeans) -> list[tuple[float, float]]:
    """The two values of one task; none where it is not meant, or one of them is undefined."""
    first, second = (quantity.of(means[:1], task.scores) for means in task.resampled)
    if first is None or second is None or np.isnan(first[0]) or np.isnan(second[0]):
        return []
    return [(float(first[0]), float(second[0]))]


def _change(quantity: Quantity, scores: TaskScores, means: tuple[Floats, Floats]) -> Floats:
    first, second = (quantity.of(one, scores) for one in means)
    assert first is not None and second is not None  # noqa: S101, PT018 - only tasks that have it are asked
    return second - first


def _mean_over(tasks: Sequence[Floats]) -> Floats:
    """The mean over tasks, each left out where it is undefined; NaN where all are."""
    return known_mean(np.stack(tasks), axis=0)


def _interval(drawn: Floats, *, confidence: float, centred: bool) -> tuple[float, float]:
    measured, others = drawn[0], drawn[1:]
    others = others[~np.isnan(others)]
    if not len(others):
        return float(measured), float(measured)
    if centred:
        others = others - others.mean() + measured
    return bounds(others, confidence=confidence)


def _exact(tasks: Sequence[PairMeans]) -> PValues | None:
    """McNemar's test where there is one task with one wording and 0/1 scores."""
    if len(tasks) != 1 or len(tasks[0].first) != 1:
        return None
    first, second = tasks[0].first[0], tasks[0].second[0]
    return mcnemar(first, second) if _exactly_known(tasks[0].scores, first, second) else None


def _exactly_known(scores: TaskScores, first: Floats, second: Floats) -> bool:
    """Whether McNemar's test fits: right or wrong, and no two examples of one picture."""
    return scores.alone and is_binary(first) and is_binary(second)
