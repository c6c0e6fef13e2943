"""From a train stage's context to what is handed over: its weights before the first step, its samples, and what they train on."""

import json
from pathlib import Path
from typing import Any

import torch

from sayso.artifacts import StageContext, write_text
from sayso.errors import ConfigError, did_you_mean
from sayso.models.attached import attached_to
from sayso.seeds import derive
from sayso.train.handover._protocol import Handed, tools
from sayso.train.handover._readme import readme
from sayso.train.handover._targets import find_targets
from sayso.train.opening import open_run
from sayso.train.preflight.looking import choose_places
from sayso.train.rounds import MeasuredOrder
from sayso.train.samples.order import Order
from sayso.train.weighing import objective_for

__all__ = ["hand_over_stage"]

NUM_LOOKED = 64
"""Samples whose targets are compared with what the tool trains on."""
TITLES = {"trl": "TRL", "llama_factory": "LLaMA-Factory", "ms_swift": "ms-swift"}


def hand_over_stage(context: StageContext, *, to: str, inexact: bool) -> dict[str, Any]:
    """Write into the context's folder all that `to` needs to train the stage; returns counts.

    Raises:
        ConfigError: no such tool, the model cannot be loaded, or the tool cannot do the same and `inexact` is not set.
        DataError: there is nothing to train on, or a sample cannot be used.
    """
    if to not in tools.names():
        raise ConfigError(f"no tool {to!r} to hand over to{did_you_mean(to, tools.names())}")
    bundle, dataset = open_run(context)
    _refuse_attached(bundle.model, node=context.node)
    _refuse_measured(dataset.order, node=context.node, mixer=context.config.mixer.name)
    config = context.config
    objective = objective_for(context)
    samples = [dataset.sample(place) for place in choose_places(dataset.total, count=NUM_LOOKED)]
    handed = Handed(
        node=context.node,
        config=config,
        seed=derive(context.seed, "train") % 2**32,
        model=_model(context.folder),
        dataset=dataset,
        weigh=objective.weigh,
        targets=find_targets(samples, encoder=dataset.encoder, weigh=objective.weigh),
        images=bundle.images,
        inexact=inexact,
    )
    outcome = tools.build(to, {}).write(handed, out=context.folder)
    write_text(context.folder / "README.md", readme(outcome, tool=TITLES.get(to, to), handed=handed))
    counts = {"num_samples": outcome.num_samples, "left_out": outcome.left_out, "num_steps": handed.num_steps}
    return counts | {"stage": context.node, "command": outcome.command, "lost": list(outcome.lost)}


def _refuse_attached(model: torch.nn.Module, *, node: str) -> None:
    kinds = sorted({one.kind for one in attached_to(model)})
    if kinds:
        raise ConfigError(
            f"stage {node!r} begins from a model with attached modules ({', '.join(kinds)}) of an earlier stage, which only sayso reads: elsewhere "
            "it would begin from the model without them; train it with sayso, or begin from a stage whose methods are merged, such as lora"
        )


def _refuse_measured(order: Order, *, node: str, mixer: str) -> None:
    if isinstance(order, MeasuredOrder) and not order.whole:
        raise ConfigError(
            f"stage {node!r}: mixer {mixer!r} decides from losses while it trains what comes next, and samples are handed over before; "
            "train it with sayso, or use a mixer that measures nothing"
        )


def _model(folder: Path) -> str:
    """The weights as a tool finds them: made here they lie in `model`, otherwise it is a path or a hub id."""
    note = folder / "untuned.json"
    place: str = json.loads(note.read_text())["path"]
    note.unlink()
    if place.startswith("untuned"):
        (folder / place).rename(folder / "model")
        return "model"
    elsewhere = folder / place
    return str(elsewhere.resolve()) if elsewhere.exists() else place
