"""What a training run writes down: a line of `log.jsonl` for every window of steps, the same whether or not the run was cut.

A line also says for every role how many of its tokens were targets in the window and what their mean loss was, each a plain mean whatever they
weigh: losses of different objectives are not comparable, those of a role are. The sums of the open window are part of every
checkpoint, and lines beyond a checkpoint are taken back when the run goes on from it.
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
from sayso.records import ROLES
from sayso.train.batches.supervised import Supervised

__all__ = ["RunLog"]

_BY_ROLE = ("loss_by_role", "targets_by_role")


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
        self._by_role = _no_sums()

    def add_targets(self, count: int) -> None:
        """So many more tokens were trained on."""
        self.num_targets += count

    def add_loss(self, loss: torch.Tensor) -> None:
        """The share of one piece of a batch; kept on its device until somebody asks."""
        self._sum = self._sum + loss.double()

    def add_read(self, read: Supervised) -> None:
        """The targets of one piece with their losses; kept on their device until somebody asks."""
        seen = torch.stack([read.nll.detach().double(), torch.ones_like(read.nll, dtype=torch.float64)])
        self._by_role = self._by_role.to(seen.device).index_add(1, read.roles.long(), seen)

    def by_role(self, gather: Callable[[torch.Tensor], torch.Tensor] = lambda sums: sums) -> dict[str, float]:
        """`loss_by_role/<role>` in nats and `targets_by_role/<role>` of the open window, for roles that were targets.

        `gather` adds up what all processes hold; every process has to ask.
        """
        losses, counts = gather(self._by_role).tolist()
        seen = [(role, loss, count) for role, loss, count in zip(ROLES, losses, counts, strict=True) if count]
        means = {f"loss_by_role/{role}": loss / count for role, loss, count in seen}
        return means | {f"targets_by_role/{role}": round(count) for role, _, count in seen}

    def level(self, mean: Callable[[torch.Tensor], torch.Tensor]) -> None:
        """Let every process hold what all hold on average; each has to ask."""
        self._sum = mean(torch.as_tensor(self._sum, dtype=torch.float64))
        self._by_role = mean(self._by_role)

    def mean_loss(self) -> float:
        """The mean loss of the open window."""
        return float(self._sum) / max(1, self._num_steps)

    def state(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        sums = {"sum": float(self._sum), "by_role": self._by_role.tolist()}
        counts = {"num_steps": self._num_steps, "num_targets": self.num_targets}
        return {"args": {}, "attributes": {**sums, **counts, "final_loss": self.final_loss}}

    def on_train_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Take up the sums of the checkpoint and drop lines beyond it."""
        kept = state.stateful_callbacks.get(type(self).__name__, {})
        kept = (kept[-1] if isinstance(kept, list) else kept).get("attributes", {})
        self._sum, self._num_steps = kept.get("sum", 0.0), kept.get("num_steps", 0)
        self._by_role = torch.tensor(kept["by_role"], dtype=torch.float64) if "by_role" in kept else _no_sums()
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
        self._sum, self._num_steps, self._by_role = 0.0, 0, _no_sums()
        row = {"step": state.global_step, **_nested(logs), "num_targets": self.num_targets}
        if state.is_world_process_zero:
            with self.path.open("a") as handle:
                handle.write(json.dumps(row) + "\n")

    def _truncate(self, step: int) -> None:
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        whole = [line for line in lines if line.endswith("}") and json.loads(line)["step"] <= step]
        self.path.write_text("".join(line + "\n" for line in whole))


def _no_sums() -> torch.Tensor:
    return torch.zeros(2, len(ROLES), dtype=torch.float64)


def _nested(logs: dict[str, Any]) -> dict[str, Any]:
    """Trackers get flat names, the log a mapping by role."""
    flat = {name: value for name, value in logs.items() if name.partition("/")[0] not in _BY_ROLE}
    by_role = {
        kind: {name.partition("/")[2]: value for name, value in logs.items() if name.startswith(f"{kind}/")}
        for kind in _BY_ROLE
    }
    return flat | {kind: values for kind, values in by_role.items() if values}
