"""transformers' Trainer with the three things that are ours: the order, the loss weights, and a batch that must have a target.

The loss is a sum of terms, the objective's first. Each is its sum over the whole accumulated batch and all processes, divided by its
count over the same, so that it does not depend on how a batch is cut into pieces. A batch in which no token weighs anything is an error and never a loss of 0.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import Dataset
from transformers import Trainer, TrainerState
from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR

from sayso.errors import DataError
from sayso.models.collate import Batch
from sayso.train.log import RunLog
from sayso.train.losses import LossTerm
from sayso.train.order import RunSampler
from sayso.train.supervised import read_targets

__all__ = ["last_checkpoint", "RoleTrainer"]


class RoleTrainer(Trainer):  # type: ignore[misc]
    """A Trainer over the places of a run whose batches are those of `sayso.train.batch`."""

    loss_is_scaled_for_ga = True  # transformers' word for: compute_loss divides by the accumulated batch itself

    def __init__(self, *, sampler: RunSampler, terms: Sequence[LossTerm], log: RunLog, **options: Any) -> None:
        self.run_sampler = sampler
        self.terms = tuple(terms)
        self.run_log = log
        super().__init__(callbacks=[log], **options)

    def _get_train_sampler(self, train_dataset: Dataset[Any] | None = None) -> RunSampler:
        return self.run_sampler

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: torch.nn.Module | None = None) -> None:
        # The Trainer's own way compares names as saved with names in memory; where a class saves under other names (LLaVA
        # does) it loads nothing and only warns. The class itself knows how its folders are read.
        saved = type(self.model).from_pretrained(resume_from_checkpoint, dtype=self.model.dtype)
        self.model.load_state_dict(saved.state_dict())

    def get_batch_samples(
        self, epoch_iterator: Iterator[Any], num_batches: int, device: torch.device
    ) -> tuple[list[Any], Any]:
        """The pieces of the next accumulated batch, and per term the count that its sum is divided by.

        Raises:
            DataError: no token of them weighs anything.
        """
        pieces = [piece for _, piece in zip(range(num_batches), epoch_iterator, strict=False)]
        if not pieces:
            return pieces, None
        for term in self.terms:
            pieces = term.choose(pieces, score=self._score)
        targets = sum(int((piece["loss_weights"] > 0).sum()) for piece in pieces)
        if not targets:
            shapes = ", ".join(str(tuple(piece["input_ids"].shape)) for piece in pieces)
            raise DataError(
                f"no target token in the batch of step {self.state.global_step + 1} (shape {shapes}): no token's role has a weight in the "
                "objective; check that samples have a response and that the objective weighs it"
            )
        self.run_log.add_targets(targets)
        counts = [sum(self._counts(piece)[n] for piece in pieces) for n in range(1 + len(self.terms))]
        return pieces, self.accelerator.gather(torch.tensor(counts, device=device)).view(-1, len(counts)).sum(0)

    def _counts(self, piece: Batch) -> list[float]:
        return [float(piece["loss_counts"].sum()), *(term.count(piece) for term in self.terms)]

    @torch.no_grad()
    def _score(self, piece: Batch) -> torch.Tensor:
        read = read_targets(self.model, self._prepare_inputs(piece))
        sums = read.nll.new_zeros(2, len(piece["loss_counts"]))
        sums[0].index_add_(0, read.samples, read.weights * read.nll)
        sums[1].index_add_(0, read.samples, read.weights)
        return sums[0] / sums[1].clamp(min=1e-9)

    def compute_loss(
        self,
        model: torch.nn.Module,
        inputs: Batch,
        return_outputs: bool = False,
        num_items_in_batch: Any = None,
    ) -> Any:
        """The piece's share of the accumulated batch's loss."""
        read = read_targets(model, inputs)
        self.run_log.add_read(read)
        counts = torch.tensor(self._counts(inputs)) if num_items_in_batch is None else num_items_in_batch
        loss = (read.weights * read.nll).sum() / counts[0]
        for term, count in zip(self.terms, counts[1:], strict=True):
            if count > 0:
                loss = loss + term.weight * term.measure(read, piece=inputs) / count
        loss = loss * self.accelerator.num_processes  # processes are averaged, the division was by all of their counts
        return (loss, read) if return_outputs else loss

    def training_step(
        self, model: torch.nn.Module, inputs: dict[str, Any], num_items_in_batch: Any = None
    ) -> torch.Tensor:
        """One forward and backward pass; the log hears of its loss."""
        loss: torch.Tensor = super().training_step(model, inputs, num_items_in_batch)
        self.run_log.add_loss(loss)
        return loss

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Report a window of steps; the loss is the mean over exactly the steps since the last report."""
        if "loss" in logs:
            logs["loss"] = self.run_log.mean_loss()
            reduce, device = self.accelerator.reduce, self.args.device
            logs |= self.run_log.by_role(lambda sums: reduce(sums.to(device), reduction="sum"))
        super().log(logs, start_time)


def last_checkpoint(folder: Path) -> Path | None:
    """The newest whole checkpoint; its state is written last, so one that can be read is whole."""
    for path in _newest_first(list(folder.glob(f"{PREFIX_CHECKPOINT_DIR}-*"))):
        try:
            state = TrainerState.load_from_json(str(path / "trainer_state.json"))
        except (OSError, ValueError, TypeError):
            continue
        if state.global_step == _step(path):
            return path
    return None


def _newest_first(paths: Sequence[Path]) -> list[Path]:
    return sorted((path for path in paths if path.name.rpartition("-")[2].isdigit()), key=_step, reverse=True)


def _step(path: Path) -> int:
    return int(path.name.rpartition("-")[2])
