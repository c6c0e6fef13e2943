"""The weights that a train stage starts from and those that it leaves, each in a folder that is written whole or not at all.

A `train` (or else a `sight`) among the inputs gives the weights, otherwise the recipe's model is made, its tokenizer from the texts of all builds. Where a build writes
boxes as bins, the model gets their tokens. `untuned.json` says where the weights before the first step are.
"""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import torch

from sayso.artifacts import StageContext, write_json
from sayso.config import PartConfig, TrainConfig
from sayso.data.folder import BuildFolder
from sayso.models._protocol import ModelBundle, models
from sayso.models.auto import load_model
from sayso.models.bins import add_bins
from sayso.train.parts import Tuned, tune
from sayso.train.samples.texts import texts_of

__all__ = ["start_weights", "write_weights"]


def start_weights(context: StageContext, *, builds: list[BuildFolder]) -> ModelBundle:
    """The weights before the first step; where they are is written to `untuned.json`, relative to the stage's folder."""
    config: TrainConfig = context.config
    untuned = context.folder / "untuned"
    if parents := context.inputs_of("train") or context.inputs_of("sight"):
        bundle = load_model(parents[0] / "model")
        place = os.path.relpath(parents[0] / "model", context.folder)
    elif untuned.exists():
        bundle, place = load_model(untuned), "untuned"
    else:
        bundle = models.build(config.model.name, config.model.options).make(texts=texts_of(builds), seed=context.seed)
        local = bundle.origin and Path(bundle.origin).exists()
        place = str(Path(bundle.origin).resolve()) if local else bundle.origin
    if any(build.prompt.regions == "bins" for build in builds) and add_bins(bundle, seed=context.seed):
        _warn_of_frozen_bins(context)
        place = place and "untuned-with-bins"  # not where it came from: that one cannot be asked in bins
    if context.writes:
        if place in ("", "untuned-with-bins"):
            _save(bundle, context.folder / (place or "untuned"))
        write_json(context.folder / "untuned.json", {"path": place or "untuned"})
    return bundle


def _warn_of_frozen_bins(context: StageContext) -> None:
    parts: Mapping[str, PartConfig] | None = context.config.parts
    if parts is not None and ("language_model" not in parts or parts["language_model"].method != "full"):
        context.progress.note(
            "warning: location bins are new words of the model, and its parts leave the table of words as it is: their vectors stay as they were drawn; "
            "train parts.language_model with method full, or write boxes in words the model knows (prompt.regions: percent)"
        )


def write_weights(
    context: StageContext, *, bundle: ModelBundle, tuned: Tuned, state: dict[str, torch.Tensor] | None
) -> None:
    """The tuned model, and unmerged what peft reads.

    Weights that are spread over processes are put together on a copy of the model: a share of a weight cannot be merged into.
    """
    if state is not None and tuned.by_parts:
        bundle = load_model(_untuned(context.folder))
        tuned = tune(bundle.model, context.config.parts, seed=context.seed)
        tuned.model.load_state_dict(state, strict=False)
        state = None
    if tuned.by_parts:
        tuned.save(context.folder / "adapter", base=json.loads((context.folder / "untuned.json").read_text())["path"])
        tuned.merge()
    _save(bundle, context.folder / "model", state=state)


def _untuned(folder: Path) -> str:
    """The folder or hub id of the weights before the first step."""
    place: str = json.loads((folder / "untuned.json").read_text())["path"]
    return str(folder / place) if (folder / place).exists() else place


def _save(bundle: ModelBundle, folder: Path, *, state: dict[str, torch.Tensor] | None = None) -> None:
    """Write a model folder whole or not at all."""
    partial_folder = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial_folder, ignore_errors=True)
    bundle.save(partial_folder, state=state)
    shutil.rmtree(folder, ignore_errors=True)
    partial_folder.rename(folder)
