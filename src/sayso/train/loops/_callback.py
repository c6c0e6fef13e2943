"""Where an outer loop meets the Trainer: after every stretch of steps, and at every checkpoint.

What the loop remembers is written into the folder of a checkpoint before the Trainer writes its own state there, which makes a checkpoint
whole: so a whole one always has it. A stretch that the end of the run cuts short ends there.
"""

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR

from sayso.errors import ConfigError
from sayso.train.loops._protocol import OuterLoop, Weights

__all__ = ["LoopCallback"]

FILE = "outer_loop.safetensors"
_WHOLE = ("NO", "MULTI_CPU", "MULTI_GPU")


class LoopCallback(TrainerCallback):  # type: ignore[misc]
    """Ends a stretch of `loop` every so many steps; `checkpoint` is where the run goes on from, if it does."""

    def __init__(self, loop: OuterLoop, *, checkpoint: Path | None = None) -> None:
        self.loop = loop
        self.checkpoint = checkpoint
        self.memory: dict[str, torch.Tensor] = {}

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, *, model: Any, **_: Any
    ) -> None:
        """Remember where the weights are, or what the checkpoint remembers.

        Raises:
            ConfigError: no process has the weights whole.
        """
        kind = str(getattr(args.distributed_state, "distributed_type", "NO")).rpartition(".")[2]
        if kind not in _WHOLE:
            raise ConfigError(
                f"train.loop changes whole weights, which no process has under {kind}; train with plain data parallelism, or without a loop"
            )
        self.memory = self.loop.start(trained(model))
        if self.checkpoint is not None:
            for name, value in load_file(self.checkpoint / FILE).items():
                self.memory[name].copy_(value)

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, *, model: Any, **_: Any
    ) -> None:
        """End the stretch where it ends, and write down what is remembered where a checkpoint is due."""
        if state.global_step % self.loop.inner_steps == 0 or state.global_step >= state.max_steps:
            self.loop.end_stretch(trained(model), memory=self.memory)
        if control.should_save and args.should_save:
            folder = Path(args.output_dir) / f"{PREFIX_CHECKPOINT_DIR}-{state.global_step}"
            folder.mkdir(parents=True, exist_ok=True)
            save_file({name: value.contiguous() for name, value in self.memory.items()}, folder / FILE)


def trained(model: torch.nn.Module) -> Weights:
    """The parameters that training changes, each once."""
    return {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
