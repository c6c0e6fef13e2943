"""A few passes of the model before the first step, without a trace: weights, gradients, buffers, modes and chance are as before.

The first batch is read without a gradient: its loss must be a finite number. Then one pass forward and back over the largest batch shows
the memory, and one over the first batch shows the time.
"""

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from sayso.errors import ConfigError, SaysoError
from sayso.models.collate import Batch
from sayso.train.engine.trainer import RoleTrainer
from sayso.train.preflight.memory import advice, peak_memory

__all__ = ["explained", "measure", "Measured", "untouched"]


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Mean cross entropy of the targets of the first batch (nats), bytes of the largest step beyond the weights, and seconds of a step."""

    loss: float
    step_bytes: int
    step_s: float


def measure(trainer: RoleTrainer, *, first: Batch, largest: Batch, names: Sequence[str]) -> Measured:
    """Read the two batches; `names` are the ids of the samples of the largest, for the messages.

    Raises:
        ConfigError: the model cannot read a batch, its loss is no finite number, no weight of it learns, or memory is short.
    """
    size, device = len(names), trainer.args.device
    trained = [one.requires_grad for one in trainer.model.parameters()]
    if not any(trained):
        raise ConfigError(
            f"none of the {len(trained)} tensors of the model is trained; set a part of train.parts to full or lora"
        )
    with untouched(trainer), explained("the first batch", num_samples=size):
        with torch.no_grad(), trainer.compute_loss_context_manager():
            _, read = trainer.compute_loss(trainer.model, trainer._prepare_inputs(first), return_outputs=True)
            loss = float(read.nll.mean())
        _refuse_infinite(loss, what="the first batch")
        with explained(f"samples {', '.join(names[:3])} ...", num_samples=size), peak_memory(device) as peak:
            _refuse_infinite(_step(trainer, largest), what=f"samples {', '.join(names[:3])} ...")
        _refuse_unmoved(trainer.model)
        trainer.model.zero_grad(set_to_none=True)
        started = time.perf_counter()
        _step(trainer, first)
        return Measured(loss=loss, step_bytes=peak.num_bytes, step_s=time.perf_counter() - started)


@contextmanager
def untouched(trainer: RoleTrainer) -> Iterator[None]:
    """Whatever is computed inside leaves no trace in the model or in what is drawn by chance afterwards."""
    model = trainer.model
    modes = [(module, module.training) for module in model.modules()]
    buffers = [(buffer, buffer.detach().clone()) for buffer in model.buffers()]
    drawn, drawn_by_numpy = random.getstate(), np.random.get_state()  # noqa: NPY002 - what libraries draw from
    with torch.random.fork_rng(), _checkpointed(trainer):
        model.train()
        try:
            yield
        finally:
            model.zero_grad(set_to_none=True)
            for module, training in modes:
                module.training = training
            with torch.no_grad():
                for buffer, kept in buffers:
                    buffer.copy_(kept)
            random.setstate(drawn)
            np.random.set_state(drawn_by_numpy)  # noqa: NPY002


@contextmanager
def explained(what: str, *, num_samples: int) -> Iterator[None]:
    """Say in one sentence why the model could not read something.

    Raises:
        ConfigError: with the first words of what went wrong.
    """
    try:
        yield
    except SaysoError:
        raise
    except Exception as error:
        told = " ".join(str(error).split())[:300]
        if isinstance(error, torch.OutOfMemoryError | MemoryError) or "allocate memory" in told:
            raise ConfigError(f"memory does not suffice for {what}: {told}; {advice(num_samples)}") from error
        raise ConfigError(
            f"the model cannot read {what}: {type(error).__name__}: {told}; check that model and processor belong together"
        ) from error


@contextmanager
def _checkpointed(trainer: RoleTrainer) -> Iterator[None]:
    """With activations computed again, where the run will do so: the Trainer sets it when it starts."""
    wanted = next((n for n in ("activation", "gradient") if getattr(trainer.args, f"{n}_checkpointing", False)), None)
    if wanted is None:
        yield
        return
    model: Any = trainer.model
    getattr(model, f"{wanted}_checkpointing_enable")()
    try:
        yield
    finally:
        getattr(model, f"{wanted}_checkpointing_disable")()


def _step(trainer: RoleTrainer, batch: Batch) -> float:
    """Forward and back; the loss."""
    with trainer.compute_loss_context_manager():
        loss = trainer.compute_loss(trainer.model, trainer._prepare_inputs(batch))
    loss.backward()
    return float(loss.detach())


def _refuse_infinite(loss: float, *, what: str) -> None:
    if not np.isfinite(loss):
        raise ConfigError(
            f"the loss of {what} is {loss} before the first step; check the weights, and the format of numbers: give the model "
            "dtype: float32 with bf16: true rather than float16"
        )


def _refuse_unmoved(model: torch.nn.Module) -> None:
    trained = [(name, one) for name, one in model.named_parameters() if one.requires_grad]
    bad = next((name for name, one in trained if one.grad is not None and not one.grad.isfinite().all()), None)
    if bad is not None:
        raise ConfigError(f"the gradient of {bad} is no finite number before the first step; load the model as float32")
    if not any(one.grad is not None and one.grad.any() for _, one in trained):
        raise ConfigError(
            f"none of the {len(trained)} trained tensors, such as {trained[0][0]}, gets a gradient; check train.parts"
        )
