"""Built data in the formats of other tools."""

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sayso.artifacts import Progress, read_manifest, stage_folders
from sayso.config import TrainConfig
from sayso.data.folder import BuildFolder
from sayso.data.formats import Format, formats
from sayso.errors import BackendError, ConfigError, DataError, did_you_mean
from sayso.records import Sample

__all__ = ["export_run", "whole_folder", "write_whole"]

SPLITS = ("train", "test")


def export_run(
    run: Path, *, to: str, out: Path, split: str = "train", progress: Progress | None = None
) -> dict[str, Any]:
    """Write every example of a built split, each under one drawn wording, as `to` (a format's name).

    Wordings are drawn as the first train stage of the run that reads the build draws them in its first epoch.

    `run` is the folder of a build stage, or a run folder, of which the stage `build` is taken or else the first one by name.
    `out` gets its name when all of it is written. Returns `build`, the folder that was read, `path`, `num_samples`, and
    `left_out`: how many samples the format cannot hold, by reason.

    Raises:
        DataError: nothing was built there, a sample cannot be written, or `out` holds something.
        ConfigError: no such format or split.
        BackendError: the disk is full.
    """
    if split not in SPLITS:
        raise ConfigError(f"no split {split!r}{did_you_mean(split, list(SPLITS))}")
    writer = formats.build(to, {})
    folder = BuildFolder(_build_folder(run))
    train = _trained_by(folder.path)
    store, sampler = folder.store(split), folder.sampler(drawing=train.drawing)
    if not len(store):
        raise DataError(f"{folder.path} has no example of split {split!r}; choose another --split")
    (progress or Progress()).start(f"export to {to}")
    samples = (sampler.train_sample(example, epoch=0, wording=train.wording) for example in store.iter())
    return {"build": str(folder.path), **write_whole(samples, to=writer, out=out)}


def write_whole(samples: Iterable[Sample], *, to: Format, out: Path) -> dict[str, Any]:
    """Write the samples to `out`, which gets its name when all is written; returns what `export_run` does, but what was read.

    Raises:
        DataError: none can be written, or `out` holds something.
        BackendError: the disk is full.
    """
    with whole_folder(out) as partial:
        outcome = to.write(samples, out=partial)
    return {"path": str(out), "num_samples": outcome.num_samples, "left_out": outcome.left_out}


@contextmanager
def whole_folder(out: Path) -> Iterator[Path]:
    """A folder to write into, which becomes `out` when the block ends well.

    Raises:
        DataError: `out` holds something.
        BackendError: the place cannot be written.
    """
    partial = _partial(out)
    yield partial
    try:
        os.replace(partial, out)
    except OSError as error:
        raise BackendError(f"cannot write {out}: {error.strerror or error}; choose another --out") from error


def _partial(out: Path) -> Path:
    """Where an export is written before it has its name; what a killed one left there is removed.

    Raises:
        DataError: `out` holds something.
        BackendError: the place cannot be written.
    """
    partial = out.with_name(f".{out.name}.partial")
    try:
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise DataError(f"{out} exists and is not an empty folder; choose another --out")
        shutil.rmtree(partial, ignore_errors=True)
        partial.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BackendError(f"cannot write {out}: {error.strerror or error}; choose another --out") from error
    return partial


def _trained_by(build: Path) -> TrainConfig:
    """The config of the first train stage beside a build that reads it; the usual one where there is none."""
    for path in sorted(build.parent.glob("*/manifest.json")):
        manifest = read_manifest(path.parent)
        if manifest.kind == "train" and build.name in manifest.parents:
            return TrainConfig.model_validate(manifest.config)
    return TrainConfig()


def _build_folder(run: Path) -> Path:
    built = stage_folders(run, kind="build")
    if not built:
        raise DataError(f"{run} holds no build stage; type: sayso build RECIPE --out {run}")
    return next((path for path in built if path.name == "build"), built[0])
