"""LESS: how far a training step on a row moves the model towards what it is to become good at (Xia et al. 2024).

    Inf(e) = max over subtasks j of the mean over targets z in j of  sum_i eta_i <Gamma_i(e), grad_i(z)>

over checkpoints i of a short warm-up: Gamma_i is the step that Adam would take there for the row alone, grad_i the plain gradient of a target, both projected to `dimensions`
and made one long, so that short answers, whose gradients are large, do not win by that; eta_i is the mean learning rate up to the checkpoint, over the sum of all (section 3 and the
authors' code, but for what is said below).

The checkpoints are those that the train stages among the parents still hold, in the order of `from:`: a chain of stages, or one with `save_steps` and `save_total_limit` so that one an epoch stays. `preconditioner`
says where Adam's moments come from: `adam` reads those that the checkpoint has; `estimated` takes them from `num_estimated` rows of the pool (ours, for optimizers that are gone); `none`
compares plain gradients, which is TracIn's (Pruthi et al. 2020). Which weights, and that the projection is a CountSketch, are in `sayso.models.gradients`; the paper takes
LoRA's and a dense matrix of signs (`projection: rademacher`). At most `max_targets` targets a subtask, drawn by the seed, are ours too; LESS has few by itself.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import numpy as np
from pydantic import Field

from sayso.data.scorers._protocol import Column, Columns, Floats, Scoring, scorers
from sayso.errors import ConfigError, DataError
from sayso.models.gradients import Checkpoint, GradientRows, Moments, Opener, checkpoints_of, read_moments
from sayso.records import Sample
from sayso.seeds import Stream
from sayso.sources import load_image

__all__ = ["Less"]

Count: TypeAlias = Annotated[int, Field(ge=1)]
Preconditioner: TypeAlias = Literal["adam", "estimated", "none"]


@dataclass(frozen=True, kw_only=True)
class _Point:
    """A checkpoint, opened: what makes rows of samples there, and the mean of the targets' rows by subtask, (J, d)."""

    share: float
    rows: GradientRows
    moments: Moments | None
    targets: Floats


@scorers.register("less")
@dataclass(frozen=True, kw_only=True)
class Less:
    """Column `less`, between -1 and 1; options as above."""

    weights: str | tuple[str, ...] = "auto"
    preconditioner: Preconditioner = "adam"
    projection: Literal["sketch", "rademacher", "none"] = "sketch"
    dimensions: Count = 8192
    checkpoints: Literal["all", "last"] = "all"
    """All that each stage holds, or the last of each."""
    max_targets: Count = 64
    num_estimated: Count = 256
    batch_size: Count = 16
    max_tokens: Count | None = None
    """Longer rows are not scored; as many as the model reads where None."""
    _means: dict[Path, Any] = field(default_factory=dict, init=False, repr=False)
    _opener: Any = field(default_factory=Opener, init=False, repr=False)

    @property
    def per_row(self) -> bool:
        """Estimated moments depend on the other rows."""
        return self.preconditioner != "estimated"

    def score(self, samples: Sequence[Sample], *, scoring: Scoring) -> Columns:
        """The influence of each row on the subtask that it helps most.

        Raises:
            ConfigError: there is no target, no train stage, or a stage does not hold what is needed.
            DataError: no target of a subtask has a gradient.
        """
        if not scoring.target:
            raise ConfigError(
                f"scorer 'less' has {len(scoring.target)} targets; add a build of what the model is to become good at to from:, or target: FILE"
            )
        total: Floats = np.zeros((len(samples), len(scoring.target)))
        why: dict[int, str] = {}
        for point in self._points(samples, scoring=scoring):
            for rows in point.rows.rows(samples, moments=point.moments):
                place = slice(rows.start, rows.start + len(rows.values))
                total[place] += point.share * (rows.values @ point.targets.T)
                why |= rows.why
        best = total.max(axis=1, initial=-np.inf)
        best[list(why)] = np.nan
        return {"less": Column(values=best, why=why)}

    def _points(self, samples: Sequence[Sample], *, scoring: Scoring) -> Iterator[_Point]:
        """The checkpoints one after the other, so that one model is in memory at a time."""
        found = self._checkpoints(scoring)
        rates = sum(one.learning_rate for one in found)
        for one in found:
            rows = GradientRows(
                self._opener.open(one),
                which=self.weights,
                kind=self.projection,
                dimensions=self.dimensions,
                seed=scoring.seed,
                batch_size=self.batch_size,
                max_tokens=self.max_tokens,
                load=load_image,
            )
            share = one.learning_rate / rates if rates else 1 / len(found)
            yield _Point(
                share=share,
                rows=rows,
                moments=self._moments(one, rows, samples, scoring=scoring),
                targets=self._directions(one, rows, scoring=scoring),
            )

    def _checkpoints(self, scoring: Scoring) -> list[Checkpoint]:
        if not scoring.trained:
            raise ConfigError(
                f"scorer 'less' follows a warm-up and has {len(scoring.trained)} train stages; add one to from:, "
                "trained on a small random share of the rows"
            )
        return [one for stage in scoring.trained for one in checkpoints_of(stage.folder, which=self.checkpoints)]

    def _moments(
        self, checkpoint: Checkpoint, rows: GradientRows, samples: Sequence[Sample], *, scoring: Scoring
    ) -> Moments | None:
        if self.preconditioner == "adam":
            return read_moments(checkpoint, weights=rows.weights)
        if self.preconditioner == "none":
            return None
        return rows.estimated(_drawn(samples, self.num_estimated, "estimated", seed=scoring.seed))

    def _directions(self, checkpoint: Checkpoint, rows: GradientRows, *, scoring: Scoring) -> Floats:
        """(J, d): the mean of each subtask's unit gradients; once a checkpoint, since rows may be scored in several calls."""
        if self._means.get(checkpoint.folder, (None,))[0] is not scoring.target:
            made = [self._mean(rows, name, some, seed=scoring.seed) for name, some in scoring.target.items()]
            self._means[checkpoint.folder] = scoring.target, np.stack(made)
        directions: Floats = self._means[checkpoint.folder][1]
        return directions

    def _mean(self, rows: GradientRows, name: str, targets: Sequence[Sample], *, seed: int) -> Floats:
        found = list(rows.rows(_drawn(targets, self.max_targets, name, seed=seed)))
        usable = sum(len(one.values) - len(one.why) for one in found)
        if not usable:
            reasons = sorted({reason for one in found for reason in one.why.values()})
            raise DataError(f"no gradient of any target of {name!r} ({len(targets)} targets; {'; '.join(reasons)})")
        total: Floats = np.sum([one.values.sum(axis=0, dtype=np.float64) for one in found], axis=0)
        return total / usable


def _drawn(samples: Sequence[Sample], count: int, *names: str, seed: int) -> list[Sample]:
    """So many of them, in their order."""
    if len(samples) <= count:
        return list(samples)
    places = Stream(seed, "less", *names).sample(range(len(samples)), count)
    return [samples[place] for place in sorted(places)]
