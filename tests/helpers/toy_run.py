"""Runs the build and train stages of a small recipe on their own; `python toy_run.py FOLDER [CONFIG]` is a run to kill."""

import sys
from pathlib import Path

import torch

from sayso.artifacts import Manifest, StageContext, close_stage, open_stage
from sayso.config import BuildConfig, PluginConfig, SourceConfig, StageConfig, TrainConfig
from sayso.data import stage as build_stage
from sayso.train import stage as train_stage

torch.set_num_threads(1)  # another number of threads adds in another order: equal runs, other last bits

RUN = {"build": build_stage.run, "train": train_stage.run}
BUILD = BuildConfig(
    sources=(SourceConfig(name="shapes", count=40),),  # type: ignore[call-arg]
    tasks=("dense_description",),
)
TINY = PluginConfig(name="tiny", hidden_size=32, vision_hidden_size=32, num_layers=(1, 1), num_heads=2, vocab_size=420)  # type: ignore[call-arg]
TRAIN = TrainConfig(
    model=TINY,
    max_steps=20,
    per_device_train_batch_size=4,
    learning_rate=3e-3,
    warmup_steps=5,
    save_steps=3,
    logging_steps=5,
    report_to=(),
    preflight=False,
)


def run_node(out: Path, *, name: str, kind: str, config: StageConfig, inputs: tuple[str, ...] = ()) -> Manifest:
    """Run one stage into `out/name`, or go on with it where it was killed; returns its manifest."""
    made = config.model_dump(mode="json")
    parents = dict.fromkeys(inputs, "parent")
    manifest = Manifest(node=name, kind=kind, digest="toy", config=made, seed=5, parents=parents)
    partial = open_stage(out / name, manifest)
    if partial is None:
        return manifest
    paths = tuple(out / parent for parent in inputs)
    context = StageContext(node=name, config=config, seed=5, inputs=paths, folder=partial)
    counts = RUN[kind](context)
    done = Manifest(node=name, kind=kind, digest="toy", config=made, seed=5, parents=parents, counts=counts)
    close_stage(partial, done)
    return done


def run_toy(out: Path, *, train: TrainConfig = TRAIN) -> Manifest:
    """A build and a train stage in `out`."""
    run_node(out, name="build", kind="build", config=BUILD)
    return run_node(out, name="train", kind="train", config=train, inputs=("build",))


if __name__ == "__main__":
    run_toy(Path(sys.argv[1]), train=TrainConfig.model_validate_json(sys.argv[2]) if len(sys.argv) > 2 else TRAIN)
