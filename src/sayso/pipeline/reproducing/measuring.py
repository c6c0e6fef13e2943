"""The measures of a plan, read from the folder of a finished run.

Scores are those of `values.jsonl`, each task under its first metric, which is its headline. All means are over tasks, of each task's mean over wordings, of each wording's mean
over examples; a task without a value is left out, and a measure without a task is None with the reason.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from sayso.artifacts import Manifest, read_manifest
from sayso.errors import DataError, did_you_mean
from sayso.evaluate.means import known_mean
from sayso.evaluate.robustness.corrected import correct
from sayso.evaluate.robustness.scores import TaskScores, noise_of
from sayso.evaluate.sensitivity import coefficient_of_variation
from sayso.evaluate.values import Value, read_values
from sayso.pipeline.reproducing.found import ArmRun
from sayso.pipeline.reproducing.plan import Measure

__all__ = ["measure_run", "Measured", "task_scores"]

PLAIN = {"condition": "plain", "model": "tuned"}
STEPS = "steps"


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A run, and why those of its measures that are None are so."""

    run: ArmRun
    reasons: Mapping[str, str]


def measure_run(folder: Path, *, arm: str, seed: int, evaluate: str, measures: Mapping[str, Measure]) -> Measured:
    """Read what a finished run in `folder` came to; `evaluate` is the stage whose folder the measures are read from.

    Raises:
        DataError: a stage is missing or damaged.
    """
    stages = {path.parent.name: read_manifest(path.parent) for path in sorted(folder.glob("*/manifest.json"))}
    if evaluate not in stages:
        raise DataError(f"{folder} has no finished stage {evaluate!r}; delete {folder} and run the same command again")
    reader = _Reader(folder=folder / evaluate, stages=stages)
    found = {name: reader.read(measure) for name, measure in measures.items()}
    trained = [stages[name] for name in _before(evaluate, stages) if stages[name].kind == "train"]
    run = ArmRun(
        arm=arm,
        seed=seed,
        measures={name: value for name, (value, _) in found.items()},
        train_s=round(math.fsum(one.wall_s for one in trained), 2),
        total_s=round(math.fsum(one.wall_s for one in stages.values()), 2),
        steps=sum(int(one.counts.get(STEPS, 0)) for one in trained),
    )
    return Measured(run=run, reasons={name: reason for name, (_, reason) in found.items() if reason})


def _before(stage: str, stages: Mapping[str, Manifest]) -> set[str]:
    """All stages that one builds on."""
    found: set[str] = set()
    queue = [stage]
    while queue:
        for name in stages[queue.pop()].parents:
            if name not in found and name in stages:
                found.add(name)
                queue.append(name)
    return found


class _Reader:
    """Numbers of one evaluation; files are read when they are first asked for."""

    def __init__(self, *, folder: Path, stages: Mapping[str, Manifest]) -> None:
        self._folder, self._stages = folder, stages
        self._values: list[Value] | None = None

    def read(self, measure: Measure) -> tuple[float | None, str]:
        """The number, or None and why."""
        if measure.read == "summary":
            return _number_at(_json(self._folder / "summary.json"), measure.path, where="summary.json")
        if measure.read == "manifest":
            return self._of_manifest(measure.path)
        tasks = task_scores(self._rows(), where={**PLAIN, **measure.where})
        if not tasks:
            return None, "no score is of the kind that it counts"
        value = READERS[measure.read](tasks)
        return (value, "") if value is not None else (None, "no task has a value")

    def _rows(self) -> list[Value]:
        if self._values is None:
            self._values = read_values(self._folder)
        return self._values

    def _of_manifest(self, path: str) -> tuple[float | None, str]:
        stage, _, key = path.partition(".")
        if stage not in self._stages:
            return None, f"the run has no stage {stage!r}"
        held = msgspec.to_builtins(self._stages[stage])
        return _number_at(held, key, where=f"the manifest of {stage}")


def _json(path: Path) -> Any:
    try:
        return msgspec.json.decode(path.read_bytes())
    except (OSError, msgspec.MsgspecError) as error:
        raise DataError(
            f"{path} cannot be read ({error}); delete the folder of its run and run the same command again"
        ) from error


def _number_at(held: Any, path: str, *, where: str) -> tuple[float | None, str]:
    """The number at a dotted path; numbers in it count the entries of a list from 0."""
    for key in path.split("."):
        if held is None:
            return None, f"{where} has nothing at {path!r}"
        known = held if isinstance(held, dict) else {}
        if isinstance(held, list):
            known = {str(place): one for place, one in enumerate(held)}
        if key not in known:
            return None, f"{where} has no {path!r}: {key!r}{did_you_mean(key, list(known))}"
        held = known[key]
    if isinstance(held, bool) or not isinstance(held, int | float):
        return None, f"{where} has {'nothing' if held is None else 'no number'} at {path!r}"
    return float(held), ""


def task_scores(values: Iterable[Value], *, where: Mapping[str, str | tuple[str, ...]]) -> list[TaskScores]:
    """Scores by task, wordings x examples, of the rows that count, under the first metric of each task."""
    tables: dict[tuple[str, str], dict[str, dict[tuple[str, int], float]]] = {}
    metrics: dict[tuple[str, str], str] = {}
    for value in values:
        if not _counts(value, where):
            continue
        task = (value.group, value.task)
        if value.metric == metrics.setdefault(task, value.metric):
            row = tables.setdefault(task, {}).setdefault(value.template, {})
            row[value.example, value.number] = math.nan if value.value is None else value.value
    return [_scores(name, table) for (_, name), table in tables.items()]


def _counts(value: Value, where: Mapping[str, str | tuple[str, ...]]) -> bool:
    said = {
        "group": value.group,
        "distance": value.distance or "none",
        "task": value.task,
        "condition": value.condition,
        "model": value.model,
    }
    return all(
        any(fnmatchcase(said[key], pattern) for pattern in ([wanted] if isinstance(wanted, str) else wanted))
        for key, wanted in where.items()
    )


def _scores(name: str, table: Mapping[str, Mapping[tuple[str, int], float]]) -> TaskScores:
    examples = list(dict.fromkeys(example for row in table.values() for example in row))
    scores_WN = np.array([[row.get(example, math.nan) for example in examples] for row in table.values()])
    return TaskScores.of(name, scores_WN, wordings=tuple(table))


def _score(tasks: Sequence[TaskScores]) -> float | None:
    return _mean(float(known_mean(task.means)) for task in tasks)


def _sensitivity(tasks: Sequence[TaskScores]) -> float | None:
    return _mean(float(coefficient_of_variation(task.means)) for task in tasks)


def _corrected(tasks: Sequence[TaskScores]) -> float | None:
    """As `sayso sensitivity` has it, less its interval."""
    moments = [moments for task in tasks if (moments := noise_of(task).moments) is not None]
    found = correct(moments) if moments else None
    return None if found is None else found.mean


def _worst_gap(tasks: Sequence[TaskScores]) -> float | None:
    """The mean over wordings less the worst of them, of tasks with two wordings or more."""
    return _mean(float(task.means.mean() - task.means.min()) for task in tasks if len(task.means) > 1)


def _mean(values: Iterator[float]) -> float | None:
    known = [value for value in values if not math.isnan(value)]
    return math.fsum(known) / len(known) if known else None


READERS = {
    "score": _score,
    "sensitivity": _sensitivity,
    "corrected_sensitivity": _corrected,
    "worst_gap": _worst_gap,
}
