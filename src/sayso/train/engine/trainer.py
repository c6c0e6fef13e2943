"""transformers' Trainer with the three things that are ours: the order, the loss weights, and a batch that must have a target.

The loss is a sum of terms, the objective's first. Each is its sum over the whole accumulated batch and all processes, divided by its
count over the same, so that it does not depend on how a batch is cut into pieces or dealt out to processes. A batch in which no token
weighs anything is an error and never a loss of 0; a process whose share of it has none goes along with a gradient of 0.

Resuming is the Trainer's own: it lets the sampler's numbers of the steps before pass, without reading a sample, takes the next pieces, and
only then puts the random state back, since a data loader that begins draws from it.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from accelerate.utils.memory import should_reduce_batch_size
from torch.utils.data import Dataset
from transformers import Trainer, TrainerState
from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR

from sayso.artifacts import write_json
from sayso.errors import ConfigError, DataError
from sayso.models.attached import attached_to
from sayso.models.collate import Batch
from sayso.models.gradients.checkpoints import NAMES
from sayso.models.quiet import quiet
from sayso.train.batches.supervised import read_targets
from sayso.train.engine.log import RunLog
from sayso.train.losses import LossTerm
from sayso.train.parts import Tuned
from sayso.train.samples.order import RunSampler

__all__ = ["last_checkpoint", "RoleTrainer"]


class RoleTrainer(Trainer):  # type: ignore[misc]
    """A Trainer over the places of a run whose batches are those of `sayso.train.batches.batch`."""

    loss_is_scaled_for_ga = True  # transformers' word for: compute_loss divides by the accumulated batch itself

    def __init__(
        self, *, sampler: RunSampler, terms: Sequence[LossTerm], log: RunLog, tuned: Tuned | None = None, **options: Any
    ) -> None:
        self.run_sampler = sampler
        self.tuned = tuned if tuned is not None and (tuned.by_parts or attached_to(tuned.model)) else None
        self.terms = tuple(terms)
        self.run_log = log
        super().__init__(callbacks=[log], **options)

    def _get_train_sampler(self, train_dataset: Dataset[Any] | None = None) -> RunSampler:
        return self.run_sampler

    def create_optimizer(self, model: torch.nn.Module | None = None) -> Any:
        """The Trainer's, with the groups of the parts where the recipe asks for parts."""
        if self.tuned is not None and getattr(self, "optimizer", None) is None:
            kind, options = self.get_optimizer_cls_and_kwargs(self.args, self.model)
            rate, decay = self.args.learning_rate, self.args.weight_decay
            groups = self.tuned.parameter_groups(learning_rate=rate, weight_decay=decay)
            self.optimizer: Any = kind(groups, **options)
        return super().create_optimizer(model)

    def _save(self, output_dir: str | None = None, state_dict: dict[str, Any] | None = None) -> None:
        # A checkpoint by parts holds what trains; the rest is where it came from. So does one of a model with attached modules, which
        # its class would neither save apart nor read back.
        if self.tuned is None:
            super()._save(output_dir, state_dict)
        elif self.args.should_save:
            self.tuned.save_trained(Path(output_dir or self.args.output_dir), state_dict)

    def _save_optimizer_and_scheduler(self, output_dir: str) -> None:
        # The Trainer's file numbers the parameters; whoever reads the moments later wants their names.
        super()._save_optimizer_and_scheduler(output_dir)
        if self.args.should_save and not (self.is_fsdp_enabled or self.is_deepspeed_enabled):
            names = {id(one): name for name, one in self.model.named_parameters()}
            groups = self.optimizer.param_groups
            write_json(Path(output_dir) / NAMES, [[names[id(one)] for one in group["params"]] for group in groups])

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: torch.nn.Module | None = None) -> None:
        # The Trainer's own way compares names as saved with names in memory; where a class saves under other names (LLaVA
        # does) it loads nothing and only warns. The class itself knows how its folders are read. Weights in shards are the Trainer's.
        if self.is_fsdp_enabled or self.is_deepspeed_enabled:
            super()._load_from_checkpoint(resume_from_checkpoint, model)
        elif self.tuned is not None:
            self.tuned.load_trained(Path(resume_from_checkpoint))
        else:
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
        targets = float(sum(int((piece["loss_weights"] > 0).sum()) for piece in pieces))
        sums = [sum(terms) for terms in zip(*(self._counts(piece) for piece in pieces), strict=True)]
        targets, *counts = self._over_processes([targets, *sums], device=device)
        if not targets:
            shapes = ", ".join(str(tuple(piece["input_ids"].shape)) for piece in pieces)
            raise DataError(
                f"no target token in the batch of step {self.state.global_step + 1} (shape {shapes}): no token's role has a weight in the "
                "objective; check that samples have a response and that the objective weighs it"
            )
        self.run_log.add_targets(int(targets))
        return pieces, torch.tensor(counts)

    def _over_processes(self, counts: list[float], *, device: torch.device) -> list[float]:
        if self.accelerator.num_processes == 1:
            return counts
        held = self.accelerator.gather(torch.tensor(counts, device=device))
        summed: list[float] = held.view(-1, len(counts)).sum(0).tolist()
        return summed

    def _counts(self, piece: Batch) -> list[float]:
        return [float(piece["loss_counts"].sum()), *(term.count(piece) for term in self.terms)]

    def _score(self, piece: Batch) -> torch.Tensor:
        sums = self.sums(piece)
        return sums[0] / sums[1].clamp(min=1e-9)

    def sums(self, piece: Batch) -> torch.Tensor:
        """(2, S): of each sample of a piece the weighted cross entropies of its targets and their weights, summed.

        Without dropout, so that no random number is used up and what is found depends on weights and samples alone.
        """
        with quiet(self.model):
            read = read_targets(self.model, self._prepare_inputs(piece))
        sums = read.nll.new_zeros(2, len(piece["loss_counts"]))
        sums[0].index_add_(0, read.samples, read.weights * read.nll)
        sums[1].index_add_(0, read.samples, read.weights)
        return sums

    def compute_loss(
        self,
        model: torch.nn.Module,
        inputs: Batch,
        return_outputs: bool = False,
        num_items_in_batch: Any = None,
    ) -> Any:
        """The piece's share of the accumulated batch's loss."""
        read = read_targets(model, inputs, hidden=any(term.needs_hidden for term in self.terms))
        if self.is_in_train:
            self.run_log.add_read(read)
        counts = torch.tensor(self._counts(inputs)) if num_items_in_batch is None else num_items_in_batch
        loss = (read.weights * read.nll).sum() / counts[0]
        for term, count in zip(self.terms, counts[1:], strict=True):
            if count > 0 and term.weight:
                loss = loss + term.weight * term.measure(read, piece=inputs) / count
        loss = loss * self.accelerator.num_processes  # processes are averaged, the division was by all of their counts
        return (loss, read) if return_outputs else loss

    def training_step(
        self, model: torch.nn.Module, inputs: dict[str, Any], num_items_in_batch: Any = None
    ) -> torch.Tensor:
        """One forward and backward pass; the log hears of its loss.

        Raises:
            ConfigError: it does not fit into memory.
        """
        try:
            loss: torch.Tensor = super().training_step(model, inputs, num_items_in_batch)
        except (RuntimeError, MemoryError) as error:
            if not (isinstance(error, MemoryError) or should_reduce_batch_size(error)):
                raise
            raise ConfigError(self._too_large(inputs)) from error
        self.run_log.add_loss(loss)
        return loss

    def _too_large(self, piece: Batch) -> str:
        rows, width = piece["loss_weights"].shape
        return (
            f"out of memory at step {self.state.global_step + 1}, in a piece of {rows} rows of {width} tokens, "
            f"{int((piece['loss_weights'] > 0).sum())} of them targets; lower per_device_train_batch_size "
            f"({self.args.per_device_train_batch_size}) and raise gradient_accumulation_steps by as much, which gives the same loss, "
            "or set gradient_checkpointing: true, bf16: true, or a smaller max_tokens or image size"
        )

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Report a window of steps; the loss is the mean over exactly the steps since the last report."""
        if "loss" in logs:
            self.run_log.level(self._mean_over_processes)
            logs["loss"] = self.run_log.mean_loss()
            reduce, device = self.accelerator.reduce, self.args.device
            logs |= self.run_log.by_role(lambda sums: reduce(sums.to(device), reduction="sum"))
        super().log(logs, start_time)

    def _save_checkpoint(self, model: torch.nn.Module, trial: Any) -> None:
        self.run_log.level(self._mean_over_processes)  # one process writes, and what it holds has to stand for all
        super()._save_checkpoint(model, trial)

    def _mean_over_processes(self, sums: torch.Tensor) -> torch.Tensor:
        if self.accelerator.num_processes == 1:
            return sums
        mean: torch.Tensor = self.accelerator.reduce(sums.to(self.args.device), reduction="mean")
        return mean

    def whole_state(self) -> dict[str, torch.Tensor] | None:
        """All weights, where they are spread over processes and not in `model` itself; every process has to ask."""
        if not (self.is_fsdp_enabled or self.is_deepspeed_enabled):
            return None
        state: dict[str, torch.Tensor] = self.accelerator.get_state_dict(self.model_wrapped)
        return state


def last_checkpoint(folder: Path, *, num_processes: int = 1) -> Path | None:
    """The newest whole checkpoint: its state can be read, and the random state of every process is there.

    Raises:
        ConfigError: it was written by another number of processes, which saw the samples in other batches.
    """
    for path in _newest_first(list(folder.glob(f"{PREFIX_CHECKPOINT_DIR}-*"))):
        try:
            state = TrainerState.load_from_json(str(path / "trainer_state.json"))
        except (OSError, ValueError, TypeError):
            continue
        wrote = len(list(path.glob("rng_state_*.pth"))) or len(list(path.glob("rng_state.pth")))
        if state.global_step == _step(path) and wrote >= 1:
            if wrote != num_processes:
                raise ConfigError(
                    f"{path} was written by {wrote} process(es), but this run has {num_processes}; launch as many, or delete {folder}"
                )
            return path
    return None


def _newest_first(paths: Sequence[Path]) -> list[Path]:
    return sorted((path for path in paths if path.name.rpartition("-")[2].isdigit()), key=_step, reverse=True)


def _step(path: Path) -> int:
    return int(path.name.rpartition("-")[2])
