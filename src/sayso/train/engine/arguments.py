"""A recipe's train section as transformers' TrainingArguments.

Most keys go through under their own names: what they do is transformers' and accelerate's business. What a run needs is set here: how
many steps, what a checkpoint holds, which processes and devices there are. A single process trains on one device; several are started
by a launcher (`torchrun`, `accelerate launch`), never by transformers' DataParallel, which would make other batches.
"""

import torch
from transformers import TrainingArguments

from sayso.artifacts import StageContext
from sayso.config import TrainConfig
from sayso.errors import ConfigError
from sayso.seeds import derive

__all__ = ["samples_per_step", "training_arguments"]

_NEW_NAME = "activation_checkpointing"  # the name in later versions of transformers
_CHECKPOINTING = _NEW_NAME if hasattr(TrainingArguments, _NEW_NAME) else "gradient_checkpointing"
_SAME = (
    "per_device_train_batch_size", "gradient_accumulation_steps", "learning_rate", "lr_scheduler_type", "warmup_steps",
    "weight_decay", "adam_beta2", "max_grad_norm", "save_steps", "save_total_limit", "logging_steps", "bf16", "torch_compile", "dataloader_num_workers",
    "fsdp", "fsdp_config", "deepspeed",
)  # fmt: skip


def training_arguments(context: StageContext, *, steps: int) -> TrainingArguments:
    """The arguments of a run of so many steps; makes the processes of a launch meet.

    Raises:
        ConfigError: transformers refuses a value, or a library that it needs is missing.
    """
    config: TrainConfig = context.config
    try:
        arguments = TrainingArguments(
            output_dir=str(context.folder / "checkpoints"),
            max_steps=steps,
            seed=derive(context.seed, "train") % 2**32,
            report_to=[name for name in config.report_to if name != "tensorboard"],
            run_name=context.node,
            project=context.folder.absolute().parent.name,
            save_strategy="steps",
            remove_unused_columns=False,
            logging_nan_inf_filter=False,
            disable_tqdm=True,
            ddp_find_unused_parameters=True,  # a batch without pictures leaves a vision tower out, recomputed activations or not
            use_cpu=not torch.accelerator.is_available(),
            **{name: getattr(config, name) for name in _SAME},
            **({} if config.optim is None else {"optim": config.optim}),
            **({_CHECKPOINTING: True} if config.gradient_checkpointing else {}),
        )
    except (ImportError, ValueError, TypeError, OSError) as error:
        raise ConfigError(f"stage {context.node!r}: {' '.join(str(error).split())[:400]}") from error
    if config.fsdp and (
        arguments.world_size == 1 or arguments.device.type == "cpu"
    ):  # accelerate would leave it out silently
        raise ConfigError(
            f"fsdp: {config.fsdp} would not shard anything over {arguments.world_size} process(es) on {arguments.device.type}; "
            "launch it on several GPUs, or take it out"
        )
    arguments._n_gpu = min(arguments.n_gpu, 1)
    return arguments


def samples_per_step(config: TrainConfig, *, num_processes: int) -> int:
    """Samples of all pieces of all processes that one step is made of."""
    return config.per_device_train_batch_size * config.gradient_accumulation_steps * num_processes
