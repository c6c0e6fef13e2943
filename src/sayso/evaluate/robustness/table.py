"""Scores that somebody else made, as a table: a row per task, wording and, if known, example.

Columns are `task`, `instruction` and `score`, in any order among others; `model`, `example` and `n` are used where they are there. A score is a share of a full one
(`scale` says what a full one is, 100 for per cents; left out, scores that are all 0 or above 1 and at most 100 are per cents). With `example`, a row is one prediction; with `n`, a score is the share of right answers among n; with neither it is
whatever was published. What is wrong is an error that names its line: nothing is skipped, nothing is filled in.
"""

import csv
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import numpy as np

from sayso.errors import ConfigError, DataError, did_you_mean
from sayso.evaluate.robustness.scores import TaskScores
from sayso.evaluate.values import Value

__all__ = ["read_table", "Row", "tasks_of", "value_rows"]

NEEDED = ("task", "instruction", "score")
OPTIONAL = ("model", "example", "n")
DELIMITERS = (",", ";", "\t")
DECIMAL_COMMA = re.compile(r"^\s*(\d*),(\d+)\s*$")
ROUNDED = 0.0005
"""Shares are published with three digits."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A line of the table; `place` names it. None is what has no score."""

    place: str
    model: str
    task: str
    instruction: str
    score: float | None
    example: str | None = None
    n: int | None = None
    group: str = ""
    distance: str | None = None
    scale: float = 1.0
    """What a full score was in the table."""


def read_table(path: Path, *, scale: float | None = None) -> list[Row]:
    """The rows of a CSV, with commas, semicolons or tabs between its fields as its head has them.

    Raises:
        DataError: it cannot be read, lacks a column, or a line of it is wrong.
        ConfigError: `scale` is not above 0.
    """
    if scale is not None and not (math.isfinite(scale) and scale > 0):
        raise ConfigError(f"--scale {scale}: give what a full score is, such as 1 or 100")
    try:
        with path.open(newline="", encoding="utf-8-sig") as handle:
            lines = list(_lines(handle, path=path))
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}); give a CSV with {_wanted()}") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise DataError(f"{path} is no CSV in UTF-8 ({error}); save it as one with {_wanted()}") from error
    if not lines:
        raise DataError(f"{path} has no row under its head; give a row for each task and instruction")
    full = scale or _full([line["score"] for _, line in lines])
    return [_row(line, place=place, scale=full) for place, line in lines]


def _lines(handle: TextIO, *, path: Path) -> Iterator[tuple[str, dict[str, str | None]]]:
    """Each line by its columns, and its place."""
    head = handle.readline()
    handle.seek(0)
    delimiter = max(DELIMITERS, key=head.count)
    reader = csv.DictReader(handle, delimiter=delimiter, skipinitialspace=True, strict=True)
    reader.fieldnames = [name.strip() for name in reader.fieldnames or ()]
    _check_columns(path, reader.fieldnames)
    for line in reader:
        if delimiter == ";" and (score := line.get("score")):  # where semicolons divide, commas are decimal
            line["score"] = DECIMAL_COMMA.sub(r"\1.\2", score)
        yield f"{path}, line {reader.line_num}", line


def _full(scores: Sequence[str | None]) -> float:
    """100 where all scores are 0 or above 1, and 1 where they are not or some are no numbers."""
    try:
        values = [float(text or "") for text in scores]
    except ValueError:
        return 1.0
    per_cents = any(values) and all(value == 0 or 1 < value <= 100 for value in values)
    return 100.0 if per_cents else 1.0


def _wanted() -> str:
    return f"the columns {', '.join(NEEDED)} and, if known, {', '.join(OPTIONAL)}"


def _check_columns(path: Path, found: Sequence[str]) -> None:
    lacking = [name for name in NEEDED if name not in found]
    if lacking:
        if len(found) == 1 and any(mark in found[0] for mark in ";\t|"):
            raise DataError(f"{path} has one column {found[0]!r}; separate {_wanted()} by commas (by tabs in a .tsv)")
        guess = did_you_mean(lacking[0], [name for name in found if name])
        raise DataError(f"{path} has no column {', '.join(lacking)}{guess}; it needs {_wanted()}")
    if doubled := sorted({name for name in found if list(found).count(name) > 1}):
        raise DataError(f"{path} has several columns named {', '.join(doubled)}; keep one")


def _row(line: dict[str, str | None], *, place: str, scale: float) -> Row:
    if None in line or None in line.values():
        raise DataError(
            f"{place}: {len([v for v in line.values() if v is not None])} fields, which is not what the head has; quote commas"
        )
    for name in ("task", "instruction"):
        if not (line[name] or "").strip():
            raise DataError(f"{place}: {name} is {line[name]!r}; every row names its task and its instruction")
    return Row(
        place=place,
        model=(line.get("model") or "").strip(),
        task=(line["task"] or "").strip(),
        instruction=(line["instruction"] or "").strip(),
        score=_score(line["score"] or "", place=place, scale=scale),
        example=_named(line, place=place) if "example" in line else None,
        n=_count(line["n"] or "", place=place) if "n" in line else None,
        scale=scale,
    )


def _named(line: dict[str, str | None], *, place: str) -> str:
    name = (line["example"] or "").strip()
    if not name:
        raise DataError(f"{place}: example is {line['example']!r}; name it in every row, or leave the column out")
    return name


def _score(text: str, *, place: str, scale: float) -> float:
    try:
        value = float(text)
    except ValueError:
        raise DataError(f"{place}: score is {text!r}, not a number; leave the row out where there is none") from None
    if not math.isfinite(value):
        raise DataError(f"{place}: score is {text}, which is none; leave the row out where there is none")
    if not 0 <= value <= scale:
        raise DataError(
            f"{place}: score {text} is not in [0, {scale:g}]; say what a full score is, such as --scale 100"
        )
    return value / scale


def _count(text: str, *, place: str) -> int:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (value >= 1 and value == round(value)):
        raise DataError(f"{place}: n is {text!r}; give how many answers the score is a share of, a whole number from 1")
    return int(value)


def value_rows(values: Sequence[Value], *, metric: str | None = None) -> Iterator[Row]:
    """Rows of values.jsonl on unchanged input: of `metric`, else of the first metric of each task.

    Raises:
        DataError: no row is of that metric.
    """
    first: dict[str, str] = {}
    kept = [value for value in values if value.condition == "plain" and value.number == 0]
    for value in kept:
        first.setdefault(value.task, value.metric)
    rows = [value for value in kept if value.metric == (metric or first[value.task])]
    if not rows:
        named = sorted({value.metric for value in kept})
        raise DataError(f"no score of metric {metric!r} on unchanged input; there are: {', '.join(named) or 'none'}")
    for value in rows:
        yield Row(
            place=f"{value.task}, {value.template}, {value.example}",
            model=value.model,
            task=value.task,
            instruction=value.template,
            score=value.value,
            example=value.example,
            group=value.group,
            distance=value.distance,
        )


def tasks_of(rows: Sequence[Row]) -> list[TaskScores]:
    """The tasks of one model in their order, wordings and examples too.

    Raises:
        DataError: a wording (or an example under it) comes twice, n is given for some wordings only or is not what scores are shares of, or no task
            has two wordings.
    """
    tasks: dict[str, list[Row]] = {}
    for row in rows:
        tasks.setdefault(row.task, []).append(row)
    found = [_task(name, mine) for name, mine in tasks.items()]
    if all(len(task.wordings) < 2 for task in found):
        raise DataError(
            f"{rows[0].place}: no task has a second instruction with a score ({len(found)} tasks); Sensitivity is a spread over at least two"
        )
    return found


def _task(name: str, rows: Sequence[Row]) -> TaskScores:
    _check_once(rows)
    wordings = tuple(dict.fromkeys(row.instruction for row in rows))
    if rows[0].example is not None:
        return _by_example(name, rows, wordings=wordings)
    means = np.array([math.nan if row.score is None else row.score for row in rows])
    counts = None if rows[0].n is None else np.array([row.n for row in rows], dtype=np.float64)
    if counts is not None:
        _check_shares(rows)
    return TaskScores(task=name, wordings=wordings, means=means, counts=counts)


def _by_example(name: str, rows: Sequence[Row], *, wordings: tuple[str, ...]) -> TaskScores:
    examples = {example: column for column, example in enumerate(dict.fromkeys(row.example for row in rows))}
    places = {wording: place for place, wording in enumerate(wordings)}
    scores = np.full((len(wordings), len(examples)), np.nan)
    for row in rows:
        scores[places[row.instruction], examples[row.example]] = math.nan if row.score is None else row.score
    distance = {row.instruction: row.distance for row in rows}
    distances = tuple(distance[wording] for wording in wordings)
    return TaskScores.of(name, scores, wordings=wordings, group=rows[0].group, distances=distances)


def _check_once(rows: Sequence[Row]) -> None:
    seen: dict[tuple[str, str | None], str] = {}
    for row in rows:
        before = seen.setdefault((row.instruction, row.example), row.place)
        if before != row.place:
            what = f"instruction {row.instruction!r}" + (
                f" with example {row.example!r}" if row.example is not None else ""
            )
            more = "" if row.example is not None else "; if these are single answers, add a column example"
            raise DataError(f"{row.place}: {what} of task {row.task!r} came before ({before}); keep one{more}")


def _check_shares(rows: Sequence[Row]) -> None:
    for row in rows:
        if row.n is None or row.score is None:
            continue
        if abs(row.score - round(row.score * row.n) / row.n) > ROUNDED:
            raise DataError(
                f"{row.place}: score {row.score:g} is no share of n = {row.n} right answers; correct n, or leave its column out for the plain value alone"
            )
