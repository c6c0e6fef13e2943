"""Sensitivity: how much a model's score moves when only the wording of the instruction changes.

For each task, the mean score under each wording; the standard deviation of these means over their mean; averaged over
tasks:

    Sensitivity = mean over tasks t of  std over wordings i of m(t, i) / mean over wordings i of m(t, i),
    m(t, i)     = mean over examples of the score of the prediction under wording i

Lower is better; 0 is a model that scores the same however it is asked. Source: MultiInstruct (Xu et al. 2023,
arXiv 2212.10773), section 4.3. Choices the paper leaves open, and ours:

- the standard deviation is the sample one (ddof = 1); with 5 wordings it is 12 % above the population one;
- a task whose mean is 0 has no value: NaN, left out of the mean and counted (`num_undefined`), as is a task with
  fewer than two wordings;
- values are fractions; displays multiply by 100;
- every wording meets the same examples with the same order of options, so that nothing but the wording moves;
- an example that could not be scored (NaN) is left out under that wording.

It does not tell a spread between wordings from the noise of finitely many examples: the value of a model that does not care
about wording is above 0, and falls with the number of examples.
"""

from collections.abc import Iterable

import numpy as np

from sayso.evaluate.means import Floats, known_mean, ratio

__all__ = ["coefficient_of_variation", "Floats", "sensitivity", "wording_means"]


def wording_means(scores_WN: Floats) -> Floats:
    """Mean score of each of W wordings over N examples, NaN left out; NaN where a wording has no score at all."""
    return known_mean(scores_WN)


def coefficient_of_variation(means_W: Floats) -> Floats:
    """Sample standard deviation over mean along the last axis; NaN with fewer than two means, a NaN mean, or mean 0."""
    means_W = np.asarray(means_W, dtype=np.float64)
    if means_W.shape[-1] < 2:
        return np.full(means_W.shape[:-1], np.nan)
    return ratio(means_W.std(axis=-1, ddof=1), means_W.mean(axis=-1))


def sensitivity(tasks: Iterable[Floats]) -> tuple[float | None, int]:
    """MultiInstruct's Sensitivity of tasks, each a matrix of scores (wordings x examples), and how many had no value.

    The value is None where no task has one.
    """
    values = np.array([coefficient_of_variation(wording_means(scores)) for scores in tasks], dtype=np.float64)
    defined = values[~np.isnan(values)]
    return (float(defined.mean()) if len(defined) else None), len(values) - len(defined)
