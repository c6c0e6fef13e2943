"""Sensitivity of anyone's scores: a table, a file of values, or a run."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sayso.artifacts import stage_folders
from sayso.errors import ConfigError, DataError, did_you_mean
from sayso.evaluate.intervals import Bootstrap
from sayso.evaluate.robustness.figures import robustness, share_examples
from sayso.evaluate.robustness.table import Row, read_table, tasks_of, value_rows
from sayso.evaluate.values import NAME, read_values

__all__ = ["measure_sensitivity", "SensitivityOptions"]


@dataclass(frozen=True, kw_only=True)
class SensitivityOptions:
    """Whose scores of which metric, what a full one is, and how chance is drawn."""

    model: str | None = None
    metric: str | None = None
    scale: float | None = None
    seed: int = 0
    resamples: int = 1000
    confidence: float = 0.95


def measure_sensitivity(path: Path, *, options: SensitivityOptions = SensitivityOptions()) -> dict[str, Any]:
    """The figures of `sayso.evaluate.robustness.figures` of one model; of several a list of them, `by_model`, with the top level empty.

    `scale` in them is what a full score was.

    `path` is a table (.csv, .tsv), a values.jsonl or a folder that holds one, such as that of a run or of its evaluate stage, or the output of
    several suites. Where it is none, what stands behind its last colon is the model.

    Raises:
        ConfigError: an option is out of range, or there is no such model.
        DataError: the scores cannot be read or are wrong; names file and line.
    """
    if not (0 < options.confidence < 1 and options.resamples >= 1):
        raise ConfigError(
            f"--confidence {options.confidence} --resamples {options.resamples}: give a share between 0 and 1, and at least 1"
        )
    path, options = _named(path, options)
    bootstrap = Bootstrap(seed=options.seed, num_resamples=options.resamples, confidence=options.confidence)
    rows = _rows(path, options=options)
    models = list(dict.fromkeys(row.model for row in rows))
    if options.model is not None and options.model not in models:
        raise ConfigError(f"no model {options.model!r} in {path}{did_you_mean(options.model, models)}")
    chosen = models if options.model is None else [options.model]
    tasks = {name: tasks_of([row for row in rows if row.model == name]) for name in models}
    shared = any(map(share_examples, tasks.values()))
    found = [{"model": name, **robustness(tasks[name], bootstrap=bootstrap, shared=shared)} for name in chosen]
    about = {"path": str(path), "scale": rows[0].scale}
    if len(found) == 1:
        return {**about, **found[0]}
    by_task = [{"model": one["model"], **row} for one in found for row in one["by_task"]]
    whole = [{key: value for key, value in one.items() if key != "by_task"} for one in found]
    return {**about, "model": None, "sensitivity": None, "by_task": by_task, "by_model": whole}


def _rows(path: Path, *, options: SensitivityOptions) -> list[Row]:
    if path.suffix.lower() in {".csv", ".tsv", ".txt"}:
        if options.metric is not None:
            raise ConfigError(f"--metric {options.metric}: a table has one score a row; leave the option out")
        return read_table(path, scale=options.scale)
    if options.scale is not None:
        raise ConfigError(f"--scale {options.scale:g}: values are in the range of their metric; leave the option out")
    values = [value for file in _values(path) for value in read_values(file)]
    rows = list(value_rows(values, metric=options.metric))
    if wrong := [row for row in rows if row.score is not None and not 0 <= row.score <= 1]:
        raise DataError(f"{path}: {wrong[0].place} has {wrong[0].score}, not in [0, 1]; name another with --metric")
    return rows


def _named(path: Path, options: SensitivityOptions) -> tuple[Path, SensitivityOptions]:
    """`runs/a:untuned` is the model `untuned` of `runs/a`, as for `sayso compare`."""
    head, colon, tail = str(path).rpartition(":")
    if path.exists() or not colon or not Path(head).exists():
        return path, options
    return Path(head), replace(options, model=options.model or tail)


def _values(path: Path) -> list[Path]:
    """The files of values of a folder: its own, that of its one evaluate stage, or those of the suites in it.

    Raises:
        DataError: it has none, or several evaluate stages.
    """
    if not path.is_dir() or (path / NAME).exists():
        return [path / NAME if path.is_dir() else path]
    found = [folder / NAME for folder in stage_folders(path, kind="evaluate") if (folder / NAME).exists()]
    if not found:
        found = sorted(path.glob(f"*/{NAME}"))
    elif len(found) > 1:
        what = ", ".join(str(one.parent) for one in found)
        raise DataError(f"{path} holds {len(found)} files {NAME} ({what}); name one of them")
    if not found:
        raise DataError(f"{path} holds 0 files {NAME}; run its recipe to the end, or name the output of suites")
    return found
