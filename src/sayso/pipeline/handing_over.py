"""A train stage handed over to TRL, LLaMA-Factory or ms-swift, from a run or from a recipe.

Of a run, the stage is as its manifest says. Of a recipe, what the stage reads is made first, where it is missing, as `sayso train` would make
it; only the stage itself is not trained.
"""

import importlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sayso.artifacts import Progress, StageContext, read_manifest, stage_folders
from sayso.config import Recipe, TrainConfig
from sayso.errors import ConfigError, DataError, did_you_mean
from sayso.pipeline.exporting import whole_folder
from sayso.pipeline.running import run_stages

__all__ = ["hand_over_recipe", "hand_over_run", "HandOver"]


@dataclass(frozen=True, kw_only=True)
class HandOver:
    """To which tool, which train stage (None: the one called `train`, or the only one), and whether the nearest will do."""

    to: str
    stage: str | None = None
    inexact: bool = False


def hand_over_run(run: Path, *, how: HandOver, out: Path, progress: Progress | None = None) -> dict[str, Any]:
    """Write a train stage of a run to `out`; returns counts, what is lost, and the command to type there.

    Raises:
        ConfigError: no such stage or tool, or the tool cannot train the same and the nearest will not do.
        DataError: nothing was trained there, or `out` holds something.
        BackendError: the disk is full.
    """
    folders = {path.name: path for path in stage_folders(run, kind="train")}
    if not folders:
        raise DataError(
            f"{run} holds no train stage; give the recipe in place of the run, or type: sayso train RECIPE --out {run}"
        )
    folder = folders[_choose(list(folders), stage=how.stage, where=str(run))]
    manifest = read_manifest(folder)
    context = StageContext(
        node=manifest.node,
        config=TrainConfig.model_validate(manifest.config),
        seed=manifest.seed,
        inputs=tuple(folder.parent / name for name in manifest.parents),
        folder=folder,
        progress=progress or Progress(),
    )
    return _write(context, how=how, out=out)


def hand_over_recipe(
    recipe: Recipe, *, run: Path, how: HandOver, out: Path, progress: Progress | None = None
) -> dict[str, Any]:
    """The same for a recipe, whose stages before the train stage are made in the run folder `run`.

    Raises:
        ConfigError: as above, or the recipe has no train stage.
        DataError: as above, or the data cannot be read.
        BackendError: the disk is full.
    """
    nodes = {node.name: node for node in recipe.of_kind("train")}
    if not nodes:
        raise ConfigError(f"recipe {recipe.name!r} has no train stage; add a section train: to it")
    node = nodes[_choose(list(nodes), stage=how.stage, where=f"recipe {recipe.name!r}")]
    for _ in run_stages(recipe, out=run, only=node.inputs, progress=progress):
        pass
    inputs = tuple(run / name for name in node.inputs)
    told = progress or Progress()
    context = StageContext(
        node=node.name, config=node.config, seed=recipe.seed, inputs=inputs, folder=run, progress=told
    )
    return _write(context, how=how, out=out)


def _choose(names: list[str], *, stage: str | None, where: str) -> str:
    if stage is None and len(names) > 1 and "train" not in names:
        raise ConfigError(f"{where} has the train stages {', '.join(names)}; type --stage with one of them")
    name = stage or ("train" if "train" in names else names[0])
    if name not in names:
        raise ConfigError(f"{where} has no train stage {name!r}{did_you_mean(name, names)}")
    return name


def _write(context: StageContext, *, how: HandOver, out: Path) -> dict[str, Any]:
    """Hand over what the context reads; its own folder is only where it came from."""
    try:
        opening = importlib.import_module("sayso.train.handover._opening")
    except ModuleNotFoundError as error:
        raise ConfigError(f"a hand-over needs {error.name!r}; type: pip install 'sayso[train]'") from error
    context.progress.start(f"hand {context.node} over to {how.to}")
    with whole_folder(out) as partial:
        partial.mkdir()
        into = replace(context, folder=partial)
        counts: dict[str, Any] = opening.hand_over_stage(into, to=how.to, inexact=how.inexact)
    return {"path": str(out), **counts}
