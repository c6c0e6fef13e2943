"""`adaptive`: what the model is bad at is trained on more, and the weights follow it from round to round. Ours: the survey's claim of it has no source.

    gap_t = max(0, loss_t - reference_t)   or   max(0, reference_t - score_t)   or   loss_t / first loss_t
    p ~ gap^exponent,   smoothed over rounds,   p <- floor / N + (1 - floor) p

- `measure: loss` takes the mean cross entropy on examples of each task that are held back from training; the reference is 0, or what `references` says can be reached.
- `measure: progress` takes what is left of the task's first loss, so that tasks whose answers are uncertain by nature do not take everything.
- `measure: score` takes the scores of an evaluate stage among the parents, before the run; its weights are the same in every round. The reference is 1, or the scores of the evaluate stage named in `reference_stage` (of models that were
  trained on one task each, say).

Losses of tasks are not alike: long answers have easy tokens, and the noise of a task nobody can do is a gap that never closes. The floor keeps
every task from starving and `exponent` below 1 softens it. A task that could not be measured counts as the mean of the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from sayso.data.mixers._protocol import Mixing, TaskStats, mixers
from sayso.errors import ConfigError

__all__ = ["AdaptiveMixer"]


@mixers.register("adaptive")
@dataclass(frozen=True, kw_only=True)
class AdaptiveMixer:
    """`smoothing` is how much of the round before stays in the weights; `num_examples` of each task are measured on."""

    measure: Literal["loss", "progress", "score"] = "loss"
    exponent: Annotated[float, Field(gt=0)] = 1.0
    floor: Annotated[float, Field(ge=0, le=1)] = 0.2
    smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.5
    num_examples: Annotated[int, Field(ge=1)] = 32
    references: Mapping[str, float] = field(default_factory=dict)
    reference_stage: str | None = None

    @property
    def num_held_back(self) -> int:
        """None where scores are read."""
        return 0 if self.measure == "score" else self.num_examples

    def weigh(self, tasks: Sequence[TaskStats], *, mixing: Mixing) -> Sequence[float]:
        """Shares that sum up to 1.

        Raises:
            ConfigError: there are no scores to read.
        """
        gaps = self._gaps(tasks, mixing=mixing)
        known = [gap for gap in gaps if gap is not None]
        mean = sum(known) / len(known) if known else 0.0
        powers = [(mean if gap is None else gap) ** self.exponent for gap in gaps]
        total = sum(powers)
        wanted = [power / total if total else 1 / len(tasks) for power in powers]
        kept = self.smoothing
        smooth = [
            share if task.share is None else kept * task.share + (1 - kept) * share
            for task, share in zip(tasks, wanted, strict=True)
        ]
        return [self.floor / len(tasks) + (1 - self.floor) * share / sum(smooth) for share in smooth]

    def _gaps(self, tasks: Sequence[TaskStats], *, mixing: Mixing) -> list[float | None]:
        if self.measure == "progress":
            return [_left(task.losses) for task in tasks]
        if self.measure == "loss":
            losses = [task.losses[-1] if task.losses else None for task in tasks]
            return [
                None if loss is None else max(0.0, loss - self.references.get(task.name, 0.0))
                for task, loss in zip(tasks, losses, strict=True)
            ]
        scores, references = self._scores(mixing)
        return [
            max(0.0, references.get(task.name, 1.0) - scores[task.name]) if task.name in scores else None
            for task in tasks
        ]

    def _scores(self, mixing: Mixing) -> tuple[Mapping[str, float], Mapping[str, float]]:
        """Those of the model before the run, and those it is compared with."""
        read = {name: scores for name, scores in mixing.scores.items() if name != self.reference_stage}
        if len(read) != 1 or (self.reference_stage is not None and self.reference_stage not in mixing.scores):
            raise ConfigError(
                f"mixer 'adaptive' with measure score needs one evaluate stage of the model before it, and {self.reference_stage!r} as reference, in the from: "
                f"of the train stage, which reads {', '.join(mixing.scores) or 'none'}"
            )
        references = self.references if self.reference_stage is None else mixing.scores[self.reference_stage]
        return next(iter(read.values())), references


def _left(losses: Sequence[float | None]) -> float | None:
    """What is left of the first loss."""
    known = [loss for loss in losses if loss is not None]
    return None if not known or not losses or losses[-1] is None or known[0] <= 0 else losses[-1] / known[0]
