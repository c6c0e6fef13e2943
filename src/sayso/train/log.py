"""What a training run writes down: a line of `log.jsonl` for every window of steps, the same whether or not the run was cut.

The sums of the open window are part of every checkpoint, and lines beyond a checkpoint are taken back when the run goes on from it.
"""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.trainer_callback import ExportableState

from sayso.artifacts import Progress
from sayso.errors import SaysoError

__all__ = ["RunLog"]


class RunLog(TrainerCallback, ExportableState):  # type: ignore[misc]
    """Counts losses and targets, writes the log, moves the progress bar."""

    def __init__(self, path: Path, *, progress: Progress, steps_per_epoch: float) -> None:
        self.path = path
        self.progress = progress
        self.steps_per_epoch = steps_per_epoch
        self.num_targets = 0
        self.final_loss: float | None = None
        self._sum: torch.Tensor | float = 0.0
        self._num_steps = 0

    def add_targets(self, count: int) -> None:
        """So many more tokens were trained on."""
        self.num_targets += count

    def add_loss(self, loss: torch.Tensor) -> None:
        """The share of one piece of a batch; kept on its device until somebody asks."""
        self._sum = self._sum + loss.double()

    def level(self, mean: Callable[[torch.Tensor], torch.Tensor]) -> None:
        """Let every process hold what all hold on average; each has to ask."""
        self._sum = mean(torch.as_tensor(self._sum, dtype=torch.float64))

    def mean_loss(self) -> float:
        """The mean loss of the open window."""
        return float(self._sum) / max(1, self._num_steps)

    def state(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        kept = {"sum": float(self._sum), "num_steps": self._num_steps, "num_targets": self.num_targets}
        return {"args": {}, "attributes": {**kept, "final_loss": self.final_loss}}

    def on_train_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Take up the sums of the checkpoint and drop lines beyond it."""
        kept = state.stateful_callbacks.get(type(self).__name__, {})
        kept = (kept[-1] if isinstance(kept, list) else kept).get("attributes", {})
        self._sum, self._num_steps = kept.get("sum", 0.0), kept.get("num_steps", 0)
        self.num_targets, self.final_loss = kept.get("num_targets", 0), kept.get("final_loss")
        if state.is_world_process_zero:
            self._truncate(state.global_step)
        self.progress.start("train", total=state.max_steps)
        self.progress.advance(state.global_step)

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """One more step."""
        self._num_steps += 1
        state.epoch = state.global_step / self.steps_per_epoch
        self.progress.advance()

    def on_log(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, logs: dict[str, Any], **_: Any
    ) -> None:
        """Write a line and open the next window.

        Raises:
            SaysoError: the loss is no finite number.
        """
        if "loss" not in logs:
            return
        if not math.isfinite(logs["loss"]):
            raise SaysoError(
                f"the loss is {logs['loss']} at step {state.global_step}; lower learning_rate or raise warmup_steps"
            )
        self.final_loss = logs["loss"]
        self._sum, self._num_steps = 0.0, 0
        row = {"step": state.global_step, **logs, "num_targets": self.num_targets}
        if state.is_world_process_zero:
            with self.path.open("a") as handle:
                handle.write(json.dumps(row) + "\n")

    def _truncate(self, step: int) -> None:
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        whole = [line for line in lines if line.endswith("}") and json.loads(line)["step"] <= step]
        self.path.write_text("".join(line + "\n" for line in whole))
