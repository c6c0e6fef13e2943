"""Built data in the formats of other tools."""

from pathlib import Path
from typing import Any

from sayso.artifacts import Progress, read_manifest
from sayso.data.folder import BuildFolder
from sayso.data.formats import formats
from sayso.errors import DataError

__all__ = ["export_run"]


def export_run(
    run: Path, *, to: str, out: Path, split: str = "train", progress: Progress | None = None
) -> dict[str, Any]:
    """Write every example of a built split, each under one drawn wording, as `to` (a format's name).

    `run` is a run folder (its last build stage is taken) or the folder of a build stage. Returns `path` and `num_samples`.

    Raises:
        DataError: nothing was built there.
        ConfigError: no such format.
    """
    (progress or Progress()).start(f"export to {to}")
    folder = BuildFolder(_build_folder(run))
    sampler = folder.sampler()
    samples = (sampler.train_sample(example, epoch=0) for example in folder.store(split).iter())
    count = formats.build(to, {}).write(samples, out=out)
    return {"path": str(out), "num_samples": count}


def _build_folder(run: Path) -> Path:
    candidates = [run, *sorted(path.parent for path in run.glob("*/manifest.json"))]
    built = [path for path in candidates if (path / "manifest.json").exists() and read_manifest(path).kind == "build"]
    if not built:
        raise DataError(f"{run} holds no build stage; type: sayso build RECIPE --out {run}")
    return next((path for path in built if path.name == "build"), built[0])
