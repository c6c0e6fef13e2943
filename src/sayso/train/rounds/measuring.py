"""The loss of every task on its examples that are held back: teacher-forced, in one wording each, under the stage's objective.

Wording, options and answer are those of epoch 0, the same in every round, so that rounds differ in the weights alone. A sample that is longer than the stage allows is left out.
"""

from collections.abc import Mapping, Sequence

from sayso.models.encode import Encoded
from sayso.train.batches.packing import Make
from sayso.train.engine.trainer import RoleTrainer
from sayso.train.rounds.held_back import HeldBack
from sayso.train.samples.dataset import RunDataset

__all__ = ["held_back_losses"]


def held_back_losses(
    trainer: RoleTrainer, *, dataset: RunDataset, held_back: HeldBack, make: Make
) -> Mapping[str, float | None]:
    """Task -> mean cross entropy in nats per unit of target weight; None where nothing of it could be measured."""
    return {
        task: _mean_loss(trainer, rows=_encode(dataset, task, positions), make=make)
        for task, positions in sorted(held_back.positions.items())
    }


def _encode(dataset: RunDataset, task: str, positions: Sequence[int]) -> list[Encoded]:
    feed = dataset.feeds[0]
    samples = [feed.make_samples(feed.examples.get(task, position), 0)[0] for position in positions]
    rows = dataset.encoder.encode_batch(samples, limit=False) if samples else []
    return [row for row in rows if dataset.encoder.fits(row)]


def _mean_loss(trainer: RoleTrainer, *, rows: Sequence[Encoded], make: Make) -> float | None:
    size = trainer.args.per_device_train_batch_size
    losses = weights = 0.0
    for start in range(0, len(rows), size):
        loss, weight = trainer.sums(make(rows[start : start + size])).double().sum(1).tolist()
        losses, weights = losses + loss, weights + weight
    return losses / weights if weights else None
