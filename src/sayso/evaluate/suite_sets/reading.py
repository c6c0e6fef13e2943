"""Scores on file -> tables by task and metric: every `values.jsonl` below the folders given, with what each folder says of its prompt, parser and data.

A table is wordings x examples, its examples in the order of their ids, so that two models' tables of the same examples are paired by place.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from sayso.errors import DataError
from sayso.evaluate.sensitivity import Floats
from sayso.evaluate.values import NAME, Value, read_values

__all__ = ["read_tables", "Table", "tables_of"]

SAID = ("prompt", "parser", "data", "judge")


@dataclass(frozen=True, kw_only=True)
class Table:
    """Scores of one task by one metric: `values` is wordings x examples, NaN where there is none."""

    task: str
    metric: str
    templates: tuple[str, ...]
    examples: tuple[str, ...]
    values: Floats
    about: Mapping[str, str] = field(default_factory=dict)

    def only(self, prefix: str) -> "Table":
        """The examples whose id begins with `prefix`; perhaps none."""
        kept = [place for place, name in enumerate(self.examples) if name.startswith(prefix)]
        examples = tuple(self.examples[place] for place in kept)
        return Table(
            task=self.task,
            metric=self.metric,
            templates=self.templates,
            examples=examples,
            values=self.values[:, kept],
            about=self.about,
        )


def read_tables(folders: Sequence[Path], *, model: str | None = None) -> list[Table]:
    """The tables of one model under the condition `plain`, from all files of scores below the folders.

    Raises:
        DataError: there is no such file, a file has scores of several models and none is named, or two files have the same scores.
    """
    found = [path for folder in folders for path in _files(folder)]
    if not found:
        raise DataError(f"no {NAME} below {', '.join(map(str, folders))}; run suites or evaluate first")
    tables: dict[tuple[str, str], tuple[Path, Table]] = {}
    for path in found:
        for table in tables_of(read_values(path), model=model, about=_said(path.parent)):
            key = (table.task, table.metric)
            if key in tables:
                raise DataError(
                    f"{path} and {tables[key][0]} both score {table.task} by {table.metric}; give one of the two"
                )
            tables[key] = path, table
    return [table for _, table in tables.values()]


def tables_of(
    rows: Iterable[Value], *, model: str | None = None, about: Mapping[str, str] | None = None
) -> list[Table]:
    """The tables of one model; several draws of an answer are averaged.

    Raises:
        DataError: the rows are of several models and none is named, or none are of the one that is.
    """
    plain = [row for row in rows if row.condition == "plain"]
    names = sorted({row.model for row in plain})
    if model is None and len(names) > 1:
        raise DataError(f"scores of the models {', '.join(names)}; name the one that is meant with --model")
    chosen = model if model in names or not names else (names[0] if model is None else None)
    if chosen is None and plain:
        raise DataError(f"no score of model {model!r}; there are {', '.join(names)}")
    groups: dict[tuple[str, str], list[Value]] = defaultdict(list)
    for row in plain:
        if row.model == chosen:
            groups[row.task, row.metric].append(row)
    return [_table(task, metric, some, about=about or {}) for (task, metric), some in groups.items()]


def _table(task: str, metric: str, rows: Sequence[Value], *, about: Mapping[str, str]) -> Table:
    templates = tuple(dict.fromkeys(row.template for row in rows))
    examples = tuple(sorted({row.example for row in rows}))
    down, across = ({name: place for place, name in enumerate(names)} for names in (templates, examples))
    total, count = np.zeros((2, len(templates), len(examples)))
    for row in rows:
        if row.value is not None:
            place = down[row.template], across[row.example]
            total[place] += row.value
            count[place] += 1
    values = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    return Table(task=task, metric=metric, templates=templates, examples=examples, values=values, about=about)


def _files(folder: Path) -> list[Path]:
    if folder.is_file():
        return [folder]
    if not folder.is_dir():
        raise DataError(f"{folder} does not exist; give the folder of a suite's or an evaluation's scores")
    return sorted(folder.rglob(NAME))


def _said(folder: Path) -> dict[str, str]:
    """What `scores.json` beside the values says of prompt, parser and data."""
    try:
        found: Any = msgspec.json.decode((folder / "scores.json").read_bytes())
    except (OSError, msgspec.MsgspecError):
        return {}
    said = found.get("digests", found) if isinstance(found, dict) else {}
    return {key: str(said[key]) for key in SAID if isinstance(said, dict) and isinstance(said.get(key), str | int)}
