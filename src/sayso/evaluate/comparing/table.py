"""Scores in a CSV that somebody made: one row per task, example and wording.

Columns `task`, `example` (or `example_id`, `id`), `template` (or `wording`, `instruction`; one wording where there is none) and `score` (or `value`);
`metric`, `model`, `condition`, `group`, `distance` and `picture` (or `image`) if there are any; others are not read. An empty score could not be scored.
"""

import csv
import math
from collections.abc import Iterator
from pathlib import Path

from sayso.errors import DataError, did_you_mean
from sayso.evaluate.values import Value

__all__ = ["read_table"]

NAMES = {
    "task": ("task",),
    "example": ("example", "example_id", "id"),
    "template": ("template", "wording", "instruction"),
    "value": ("score", "value"),
    "metric": ("metric",),
    "model": ("model",),
    "condition": ("condition",),
    "group": ("group",),
    "distance": ("distance",),
    "picture": ("picture", "image"),
}
NEEDED = ("task", "example", "value")


def read_table(path: Path) -> list[Value]:
    """The rows of a CSV with a heading.

    Raises:
        DataError: it cannot be read, lacks a column or all rows, or a score is no finite number.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as handle:
            rows = list(_rows(csv.DictReader(handle), path=path))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} cannot be read ({error}); give a CSV in UTF-8") from error
    if not rows:
        raise DataError(f"{path} has no row under its heading; add the scores")
    return rows


def _rows(reader: "csv.DictReader[str]", *, path: Path) -> Iterator[Value]:
    columns = _columns(list(reader.fieldnames or ()), path=path)
    for row in reader:
        texts = {name: (row[column] or "").strip() for name, column in columns.items()}
        place = f"{path}, line {reader.line_num}"
        if empty := [name for name in ("task", "example") if not texts[name]]:
            raise DataError(f"{place}: no {empty[0]}; comparing pairs rows by task and example")
        yield Value(
            task=texts["task"],
            example=texts["example"],
            value=_number(texts["value"], place=place),
            group=texts.get("group", ""),
            distance=texts.get("distance") or None,
            template=texts.get("template") or "0",
            metric=texts.get("metric") or "score",
            model=texts.get("model") or "tuned",
            condition=texts.get("condition") or "plain",
            picture=texts.get("picture", ""),
        )


def _columns(heading: list[str], *, path: Path) -> dict[str, str]:
    known = {column.strip().lower(): column for column in heading}
    found = {name: [known[one] for one in names if one in known] for name, names in NAMES.items()}
    for name in NEEDED:
        if not found[name]:
            hint = did_you_mean(NAMES[name][0], list(known))
            raise DataError(f"{path} has no column {' or '.join(map(repr, NAMES[name]))}{hint}")
    return {name: columns[0] for name, columns in found.items() if columns}


def _number(text: str, *, place: str) -> float | None:
    if not text:
        return None
    try:
        value = float(text)
    except ValueError as error:
        raise DataError(f"{place}: the score is {text!r}; give a number, or nothing where there is none") from error
    if not math.isfinite(value):
        raise DataError(f"{place}: the score is {text}; leave the cell empty where there is none")
    return value
