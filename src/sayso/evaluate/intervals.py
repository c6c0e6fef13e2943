"""Intervals by bootstrap over examples: how far would these numbers move with other test examples of the same kind?

Examples are drawn again with replacement, within each task; all wordings of a task share the draw, since they share the
examples, and the tasks stay as they are. A statistic is computed on every resample and its percentiles are the interval
(Efron and Tibshirani 1993, chapter 13). Draws come from sayso.seeds, so they are equal on every machine.

Percentiles need some examples on either side: a mean of five examples is held in 83 of 100 cases, of ten in 93, of twenty on in 94; and of
shares near 0 or 1 with fewer than five right or wrong ones it is too short (19 of 20 right: 63, 95 of 100: 93), down to no width where all are right.

It does not speak for other tasks or other wordings than these. Sensitivity is pushed up by the noise of few examples, and
resampling adds that noise once more, so that plain percentiles can lie wholly above the estimate. Its resamples are
therefore shifted to have the estimate as their mean: the interval is for Sensitivity as it is measured with so many examples,
not for what it would be with infinitely many, and never says that the true value is 0.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sayso.evaluate.means import bounds, known_mean, resampled_means
from sayso.evaluate.noise import random_words
from sayso.evaluate.sensitivity import Floats, coefficient_of_variation, wording_means

__all__ = [
    "as_row",
    "Bootstrap",
    "Estimate",
    "mean_interval",
    "paired_difference",
    "resample_counts",
    "resampled_mean",
    "sensitivity_interval",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Bootstrap:
    """How intervals are made: seed, number of resamples, and share of resamples inside the interval."""

    seed: int
    num_resamples: int = 1000
    confidence: float = 0.95


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """A value with its interval; `n` is the number of test examples behind it and `num_tasks` that of tasks."""

    mean: float
    low: float
    high: float
    n: int
    num_tasks: int = 1


def as_row(found: Estimate | None) -> dict[str, float] | None:
    """An estimate as it stands in `summary.json`."""
    if found is None:
        return None
    return {"mean": found.mean, "low": found.low, "high": found.high, "n": found.n, "num_tasks": found.num_tasks}


def resample_counts(num_examples: int, *, bootstrap: Bootstrap, name: str) -> npt.NDArray[np.float64]:
    """How often each example is drawn in each resample, (num_resamples, num_examples); each row sums to num_examples.

    The same draws as `Stream(seed, "bootstrap", name)` gives one by one, up to the last bits of the word.
    """
    total = bootstrap.num_resamples * num_examples
    words = random_words(total, bootstrap.seed, "bootstrap", name)
    drawn = ((words >> np.uint64(32)) * np.uint64(num_examples)) >> np.uint64(32)
    rows = np.repeat(np.arange(bootstrap.num_resamples, dtype=np.int64), num_examples)
    flat = np.bincount(rows * num_examples + drawn.astype(np.int64), minlength=total)
    return flat.reshape(bootstrap.num_resamples, num_examples).astype(np.float64)


def mean_interval(tasks: Mapping[str, Floats], *, bootstrap: Bootstrap) -> Estimate | None:
    """Mean over tasks of the mean over wordings of the mean over examples; tasks without any score are left out."""
    return _interval(tasks, bootstrap=bootstrap, statistic=_mean_over_wordings)


def sensitivity_interval(tasks: Mapping[str, Floats], *, bootstrap: Bootstrap) -> Estimate | None:
    """Sensitivity with its interval, resamples centred on it; tasks where it is undefined are left out."""
    return _interval(tasks, bootstrap=bootstrap, statistic=coefficient_of_variation, centre=True)


def paired_difference(
    first: Mapping[str, Floats], second: Mapping[str, Floats], *, bootstrap: Bootstrap
) -> Estimate | None:
    """Mean over tasks of `first` minus `second`, both on the same examples in the same order; tasks of both only.

    Raises:
        ValueError: a task has another number of examples in the two.
    """
    tasks = sorted(first.keys() & second.keys())
    for task in tasks:
        if first[task].shape[-1] != second[task].shape[-1]:
            raise ValueError(
                f"{task}: {first[task].shape[-1]} examples against {second[task].shape[-1]}; give the same"
            )
    return _interval({task: _differences(first[task], second[task]) for task in tasks}, bootstrap=bootstrap)


def resampled_mean(scores_WN: Floats, *, bootstrap: Bootstrap, name: str) -> Floats:
    """The mean over wordings of the mean over examples, (1 + num_resamples,): as measured, then on each resample.

    Draws depend on `name` and the number of examples alone: what is computed of two such rows of one task, element by element,
    is paired. NaN where there is no score.
    """
    usable = scores_WN[~np.isnan(scores_WN).all(axis=1)]
    if not len(usable):
        return np.full(1 + bootstrap.num_resamples, np.nan)
    counts = resample_counts(scores_WN.shape[1], bootstrap=bootstrap, name=name)
    point = _mean_over_wordings(wording_means(usable))
    return np.concatenate([[point], _mean_over_wordings(resampled_means(usable, counts_RN=counts))])


def _differences(first_WN: Floats, second_WN: Floats) -> Floats:
    """Per example, the difference of the means over wordings: one row."""
    return np.asarray(wording_means(first_WN.T) - wording_means(second_WN.T))[None, :]


def _mean_over_wordings(means_RW: Floats) -> Floats:
    return np.asarray(means_RW.mean(axis=-1))


def _interval(
    tasks: Mapping[str, Floats],
    *,
    bootstrap: Bootstrap,
    statistic: Callable[[Floats], Floats] = _mean_over_wordings,
    centre: bool = False,
) -> Estimate | None:
    """Mean over tasks of a statistic of the wordings' means; its percentiles over resamples."""
    points: list[float] = []
    spreads: list[Floats] = []
    num_examples = 0
    for name, scores in sorted(tasks.items()):
        usable = scores[~np.isnan(scores).all(axis=1)]
        point = float(statistic(wording_means(usable))) if len(usable) else np.nan
        if np.isnan(point):
            continue
        counts = resample_counts(scores.shape[1], bootstrap=bootstrap, name=name)
        points.append(point)
        spreads.append(statistic(resampled_means(usable, counts_RN=counts)))
        num_examples += scores.shape[1]
    if not points:
        return None
    mean = float(np.mean(points))
    low, high = _percentiles(spreads, confidence=bootstrap.confidence, centre=mean if centre else None)
    return Estimate(mean=mean, low=low, high=high, n=num_examples, num_tasks=len(points))


def _percentiles(spreads: Sequence[Floats], *, confidence: float, centre: float | None) -> tuple[float, float]:
    """Percentiles over resamples of the mean over tasks; a task is left out of the resamples where it has no value.

    With `centre` the resamples are shifted to have it as their mean, and none lies below 0.
    """
    means = known_mean(np.stack(spreads), axis=0)
    means = means[~np.isnan(means)]
    if centre is not None:
        means = np.maximum(0.0, means - means.mean() + centre)
    return bounds(means, confidence=confidence)
