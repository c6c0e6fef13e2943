"""The scores of one task under its wordings, as much of them as is known: by example, as shares of n, or bare."""

from dataclasses import dataclass

import numpy as np

from sayso.evaluate.robustness.moments import Moments, apart, paired, proportions
from sayso.evaluate.sensitivity import Floats, wording_means

__all__ = ["Noise", "noise_of", "TaskScores"]


@dataclass(frozen=True, kw_only=True)
class TaskScores:
    """Scores of a task, shares of a full one.

    `scores` is (wordings, examples) with NaN where there is none; without it `means` says what each wording scored, and `counts` of how many answers each
    is the share, if it is one.
    """

    task: str
    wordings: tuple[str, ...]
    means: Floats
    scores: Floats | None = None
    counts: Floats | None = None
    group: str = ""
    distances: tuple[str | None, ...] = ()

    @staticmethod
    def of(
        task: str,
        scores_WN: Floats,
        *,
        wordings: tuple[str, ...],
        group: str = "",
        distances: tuple[str | None, ...] = (),
    ) -> "TaskScores":
        """From scores by example; wordings without any are left out."""
        rows = np.flatnonzero(~np.isnan(scores_WN).all(axis=1))
        kept = scores_WN[rows]
        return TaskScores(
            task=task,
            wordings=tuple(wordings[row] for row in rows),
            means=wording_means(kept),
            scores=kept,
            group=group,
            distances=tuple(distances[row] for row in rows) if distances else (),
        )

    @property
    def num_examples(self) -> int:
        """Of every wording together; 0 where it is not known."""
        if self.scores is not None:
            return int(self.scores.shape[1])
        return int(self.counts.max()) if self.counts is not None and len(self.counts) else 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Noise:
    """What is known of chance: `moments`, or None with the `reason`; `method` is how they came about.

    `complete` holds the examples that every wording has a score for, where they are what counts.
    """

    moments: Moments | None = None
    method: str = "none"
    reason: str = ""
    complete: Floats | None = None


def noise_of(task: TaskScores) -> Noise:
    """What chance does to the scores of a task; nothing is said where it alone would give a Sensitivity above 100 %."""
    found = _noise_of(task)
    if found.moments is not None and float(found.moments.noise) > float(found.moments.mean) ** 2:
        return Noise(reason="the mean is so near 0 that chance alone gives a Sensitivity above 100 %")
    if found.moments is not None and not float(found.moments.noise) > 0 and float(found.moments.spread) > 0:
        return Noise(
            reason="wordings differ, but no score varies from example to example, so that chance leaves no trace"
        )
    return found


def _noise_of(task: TaskScores) -> Noise:
    """Paired where at least half of the examples (and two) have a score under every wording, apart where examples are not shared, by n for shares."""
    if len(task.wordings) < 2:
        return Noise(reason="a single wording has no spread")
    if not float(task.means.mean()) > 0:
        return Noise(reason="a mean of 0 has no relative spread")
    if task.scores is not None:
        return _by_example(task.scores)
    if task.counts is None:
        return Noise(reason="neither scores by example nor n are given, so that chance is not known")
    if (task.counts < 2).any():
        return Noise(reason="n is 1 for some wording")
    return Noise(moments=proportions(task.means, counts_W=task.counts), method="proportions")


def _by_example(scores_WN: Floats) -> Noise:
    complete = scores_WN[:, ~np.isnan(scores_WN).any(axis=0)]
    if complete.shape[1] >= max(2, scores_WN.shape[1] / 2) and complete.mean() > 0:
        return Noise(moments=paired(complete), method="paired", complete=complete)
    counts = (~np.isnan(scores_WN)).sum(axis=1)
    if (counts < 2).any():
        return Noise(
            reason="fewer than 2 examples are scored under every wording, and some wording has fewer than 2 of its own"
        )
    return Noise(
        moments=apart(wording_means(scores_WN), variances_W=np.nanvar(scores_WN, axis=1, ddof=1) / counts),
        method="apart",
    )
