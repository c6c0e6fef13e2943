"""transformers' Trainer with the three things that are ours: the order, the loss weights, and a batch that must have a target.

The loss is sum(w * ce) / sum(w), where the sum of weights runs over the whole accumulated batch (and all processes), so that it does not
depend on how a batch is cut into pieces. A batch in which no token weighs anything is an error and never a loss of 0.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from torch.nn.functional import cross_entropy
from torch.utils.data import Dataset
from transformers import Trainer, TrainerState
from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR

from sayso.errors import DataError
from sayso.train.log import RunLog
from sayso.train.order import RunSampler

__all__ = ["last_checkpoint", "RoleTrainer", "weighted_loss"]


class RoleTrainer(Trainer):  # type: ignore[misc]
    """A Trainer over the places of a run whose batches carry `loss_weights`."""

    loss_is_scaled_for_ga = True  # transformers' word for: compute_loss divides by the accumulated batch itself

    def __init__(self, *, sampler: RunSampler, log: RunLog, **options: Any) -> None:
        self.run_sampler = sampler
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
        """The pieces of the next accumulated batch, and the sum of weights of their targets.

        Raises:
            DataError: no token of them weighs anything.
        """
        batches = [batch for _, batch in zip(range(num_batches), epoch_iterator, strict=False)]
        if not batches:
            return batches, None
        total = sum(batch["loss_weights"][:, 1:].sum() for batch in batches)
        targets = sum(int((batch["loss_weights"][:, 1:] > 0).sum()) for batch in batches)
        if not targets:
            shapes = ", ".join(str(tuple(batch["input_ids"].shape)) for batch in batches)
            raise DataError(
                f"no target token in the batch of step {self.state.global_step + 1} (shape {shapes}): no token's role has a weight in the "
                "objective; check that samples have a response and that the objective weighs it"
            )
        self.run_log.add_targets(targets)
        return batches, self.accelerator.gather(torch.as_tensor(total).to(device)).sum()

    def compute_loss(
        self,
        model: torch.nn.Module,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: Any = None,
    ) -> Any:
        """The piece's share of the accumulated batch's loss."""
        weights = inputs["loss_weights"]
        outputs = model(**{name: value for name, value in inputs.items() if name != "loss_weights"}, use_cache=False)
        loss = weighted_loss(outputs.logits, ids=inputs["input_ids"], weights=weights)
        loss = loss / (weights[:, 1:].sum() if num_items_in_batch is None else num_items_in_batch)
        loss = loss * self.accelerator.num_processes  # processes are averaged, the division was by all of their weights
        return (loss, outputs) if return_outputs else loss

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
        super().log(logs, start_time)


def weighted_loss(logits: torch.Tensor, *, ids: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """sum(w * ce) in nats over (batch, tokens); the logits at a place predict the id at the next."""
    targets, scales = ids[:, 1:], weights[:, 1:]
    counted = scales > 0
    return (cross_entropy(logits[:, :-1][counted].float(), targets[counted], reduction="none") * scales[counted]).sum()


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
