"""Training settings in the words of transformers, which TRL, LLaMA-Factory and ms-swift share; and what cannot be said in them."""

from collections.abc import Iterable
from typing import Any

from sayso.config import TrainConfig
from sayso.errors import ConfigError
from sayso.train.handover._protocol import Handed

__all__ = ["choose_way", "common_settings", "lost_settings", "not_carried", "refuse_targets", "TEMPLATE"]

TEMPLATE = "the tool writes conversations by a template of its own: {how}; compare its first sample with preflight.html of sayso"

SAME = (
    "per_device_train_batch_size", "gradient_accumulation_steps", "learning_rate", "lr_scheduler_type", "warmup_steps", "weight_decay",
    "adam_beta2", "max_grad_norm", "save_steps", "save_total_limit", "logging_steps", "bf16", "gradient_checkpointing",
)  # fmt: skip
IF_SET = ("optim", "torch_compile", "dataloader_num_workers")
IN_THE_DATA = ("tasks", "replay", "wording", "drawing", "task_templates", "num_train_epochs", "max_steps", "sequence")
ELSEWHERE = ("model", "objective", "max_tokens", "report_to", "preflight")
DECISIVE = ("losses", "parts", "loop", "task_weights", "truncation")
"""Settings without which another model is trained; the others that are not carried over only cost time."""


def common_settings(handed: Handed) -> dict[str, Any]:
    """What all three tools call alike; all epochs lie in the data, one after the other, so that there is one to train."""
    config = handed.config
    return {
        "output_dir": "output",
        "num_train_epochs": 1,
        **{name: getattr(config, name) for name in SAME},
        **{name: value for name in IF_SET if (value := getattr(config, name, None))},
        "seed": handed.seed,
        "report_to": list(config.report_to) or "none",
    }


def not_carried(config: TrainConfig) -> dict[str, Any]:
    """Settings that differ from their defaults and are said nowhere in an export."""
    known = {*SAME, *IF_SET, *IN_THE_DATA, *ELSEWHERE}
    given = config.model_dump(mode="json")
    defaults = TrainConfig().model_dump(mode="json")
    return {name: value for name, value in given.items() if name not in known and value != defaults.get(name, value)}


def lost_settings(handed: Handed, *, tool: str) -> tuple[str, ...]:
    """Lines for the README.

    Raises:
        ConfigError: one of them decides what is learned, and the export must be exact.
    """
    lost = not_carried(handed.config)
    decisive = {name: lost[name] for name in DECISIVE if name in lost}
    if decisive and not handed.inexact:
        told = ", ".join(f"train.{name} {value!r}" for name, value in decisive.items())
        raise ConfigError(
            f"{tool} is not told {told} of stage {handed.node!r} by this export, so that another model would be trained; train it with sayso, or "
            "type --inexact to leave that out"
        )
    return tuple(f"`train.{name}: {value}` is not carried over" for name, value in lost.items())


def refuse_targets(handed: Handed, *, tool: str, can: str) -> None:
    """Raise where a tool cannot train on the same tokens, unless the export may be inexact.

    Raises:
        ConfigError: names the roles, and what the tool can do.
    """
    if not handed.inexact:
        name = handed.config.objective.name
        raise ConfigError(
            f"objective {name!r} of stage {handed.node!r} trains on {handed.targets.told}, which {tool} cannot: it trains on {can}; train it "
            "with sayso, or type --inexact for the nearest"
        )


def choose_way(handed: Handed, *, ways: Iterable[str], tool: str, can: str) -> tuple[str, tuple[str, ...]]:
    """The first of a tool's ways that trains on the same tokens; otherwise the nearest, and what is lost by it.

    Raises:
        ConfigError: there is none, and the export may not be inexact.
    """
    if (way := next((way for way in ways if handed.targets.fits(way)), None)) is not None:
        return way, ()
    refuse_targets(handed, tool=tool, can=can)
    way = "responses" if handed.targets.responses_alone else "everything"
    return way, (f"the objective trains on {handed.targets.told}; here on {way} (written with --inexact)",)
