"""Where scores to compare come from: an evaluated run, a suite's output, or a plain file of rows.

A run is named by its folder, by that of one evaluate stage, or by a file: `values.jsonl` or a CSV. `PATH:MODEL` takes another of its models than the
tuned one, and `PATH:MODEL-CONDITION` another condition than `plain`: `runs/a:untuned`, `runs/a:tuned-shuffled_images`.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sayso.artifacts import stage_folders
from sayso.errors import ConfigError, DataError, did_you_mean
from sayso.evaluate.comparing.table import read_table
from sayso.evaluate.values import NAME, Value, read_values

__all__ = ["Key", "label_runs", "read_run", "Run", "Source"]

Key = tuple[str, str, str, str]
"""Task, example, template, metric."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """A folder that holds predictions beside its scores."""

    folder: Path
    tasks: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Run:
    """The scores of one model under one condition, means over draws where there are several; None where it has none.

    `cells` maps task and template to group and distance, `metrics` each task to its metrics, the headline first, `pictures` task and example to a picture that it shares.
    """

    given: str
    path: Path
    model: str
    condition: str
    values: dict[Key, float | None] = field(repr=False)
    cells: dict[tuple[str, str], tuple[str, str | None]] = field(repr=False)
    metrics: dict[str, tuple[str, ...]] = field(repr=False)
    pictures: dict[tuple[str, str], str] = field(default_factory=dict, repr=False)
    sources: tuple[Source, ...] = ()


def read_run(given: str) -> Run:
    """The scores that `given` names.

    Raises:
        ConfigError: it names several evaluations, or a model or condition that is not there.
        DataError: there are no scores, or a row comes twice.
    """
    path, wanted = _split(given)
    files = [(file, _rows(file)) for file in _files(path)]
    found = dict.fromkeys((row.model, row.condition) for _, rows in files for row in rows)
    model, condition = _chosen(list(found), wanted=wanted, given=given)
    mine = [(file, [row for row in rows if (row.model, row.condition) == (model, condition)]) for file, rows in files]
    rows = [row for _, some in mine for row in some]
    return Run(
        given=given,
        path=path,
        model=model,
        condition=condition,
        values=_values(rows, given=given),
        cells={(row.task, row.template): (row.group, row.distance) for row in rows},
        metrics=_metrics(rows),
        pictures={(row.task, row.example): row.picture for row in rows if row.picture},
        sources=tuple(
            Source(folder=file.parent, tasks=frozenset(row.task for row in some)) for file, some in mine if some
        ),
    )


def label_runs(runs: Sequence[Run]) -> list[str]:
    """Short names, all different: the last part of each path, or the last two, with the model that was asked for; else what was given.

    Raises:
        ConfigError: the same scores are named twice.
    """
    given = [run.given for run in runs]
    if twice := [name for name, number in Counter(given).items() if number > 1]:
        raise ConfigError(f"{twice[0]} is named {given.count(twice[0])} times; name each run once")
    short = [[_ending(run, parts=parts) for run in runs] for parts in (1, 2)]
    return next(names for names in (*short, given) if len(set(names)) == len(names))


def _ending(run: Run, *, parts: int) -> str:
    wanted = _split(run.given)[1]
    return "/".join(run.path.resolve().parts[-parts:]) + (f":{wanted}" if wanted else "")


def _split(given: str) -> tuple[Path, str | None]:
    """The path, and what stands behind its last colon where the whole is no path."""
    head, colon, tail = given.rpartition(":")
    if not Path(given).exists() and colon and Path(head).exists():
        return Path(head), tail
    return Path(given), None


def _rows(file: Path) -> list[Value]:
    return read_table(file) if file.suffix == ".csv" else read_values(file)


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise DataError(f"{path} does not exist; name run folders, or files of scores (values.jsonl, CSV)")
    folder = path if (path / NAME).exists() else _evaluation(path)
    own = [folder / NAME] if (folder / NAME).exists() else []
    suites = [*folder.glob(f"suites/*/{NAME}"), *folder.glob(f"suites/*/*/{NAME}")]  # by model, in an evaluate stage
    below = [*sorted(suites), *(() if own else sorted(folder.glob(f"*/{NAME}")))]
    found = [
        *own,
        *(file for file in below if file.stat().st_size),
    ]  # a suite whose figures are all of a whole corpus has none
    if not found:
        raise DataError(
            f"{path} has no scores ({NAME}); run its recipe to the end (sayso run RECIPE --out {path}), or name a suite's output or a file of scores"
        )
    return list(dict.fromkeys(found))


def _evaluation(path: Path) -> Path:
    """The one evaluate stage of a run folder; the folder itself where it is none."""
    stages = stage_folders(path, kind="evaluate")
    with_values = [stage for stage in stages if (stage / NAME).exists()]
    if stages and not with_values:
        old = stages[-1]
        raise DataError(
            f"{old} was evaluated by a version that kept no scores of single predictions ({NAME}); evaluate again: "
            f"delete {old} and type sayso run RECIPE --out {path}"
        )
    if len(with_values) > 1:
        names = ", ".join(stage.name for stage in with_values)
        raise ConfigError(f"{path} has several evaluations ({names}); name one, such as {with_values[-1]}")
    return with_values[0] if with_values else path


def _chosen(found: list[tuple[str, str]], *, wanted: str | None, given: str) -> tuple[str, str]:
    names = {f"{model}-{condition}": (model, condition) for model, condition in found}
    if wanted is None:
        best = [name for name in ("tuned-plain", *(n for n in names if n.endswith("-plain")), *names) if name in names]
        return names[best[0]]
    for name in (wanted, f"{wanted}-plain"):
        if name in names:
            return names[name]
    raise ConfigError(f"{given}: no scores of {wanted!r}{did_you_mean(wanted, list(names))}")


def _values(rows: Iterable[Value], *, given: str) -> dict[Key, float | None]:
    draws: dict[Key, dict[int, float | None]] = {}
    for row in rows:
        mine = draws.setdefault((row.task, row.example, row.template, row.metric), {})
        if row.number in mine:
            raise DataError(
                f"{given}: example {row.example!r} of {row.task!r} under wording {row.template!r} has two scores by {row.metric!r}; "
                "keep one, or number the draws"
            )
        mine[row.number] = row.value
    known = {key: [value for value in mine.values() if value is not None] for key, mine in draws.items()}
    return {key: sum(values) / len(values) if values else None for key, values in known.items()}


def _metrics(rows: Iterable[Value]) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for row in rows:
        found.setdefault(row.task, {})[row.metric] = None
    return {task: tuple(metrics) for task, metrics in found.items()}
