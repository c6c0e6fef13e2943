"""Scores on file -> tables by task and metric, from every folder below those given, with what each says of its prompt, parser and data.

`values.jsonl` has values of single examples: their tables are wordings x examples, the examples in the order of their ids, so that two models' tables of the same examples are paired by
place. Figures of a whole corpus, such as CIDEr-D, are in `scores.json` alone, one for each wording: their tables are fixed, with one column, and no interval can be made for them here.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from sayso.artifacts import read_jsonl
from sayso.errors import DataError
from sayso.evaluate.means import ratio
from sayso.evaluate.sensitivity import Floats
from sayso.evaluate.values import NAME, Value

__all__ = ["read_tables", "Table", "tables_of"]

SCORES = "scores.json"
TUNED = "tuned"
"""The model that is meant where a train stage made several and none is named."""
ANY_TASK = "task"
"""The suite that asks any task of the library; its title begins with the task's name."""


class Figure(msgspec.Struct, frozen=True):
    """A figure under one wording."""

    mean: float
    n: int = 0


class WordingRow(msgspec.Struct, frozen=True):
    """The figures under one wording, None where one has no value."""

    template: str
    figures: dict[str, Figure | None]
    text: str = ""


class Scores(msgspec.Struct, frozen=True):
    """What is read of a suite's `scores.json`."""

    suite: str
    label: str
    wordings: tuple[WordingRow, ...]
    model: str = ""
    card: dict[str, Any] = {}

    def about(self) -> dict[str, str]:
        """What the figures are for: the suite, its first prompt, its parser, and the digests of how they are made and of the data."""
        parser, title = self.card.get("parser"), str(self.card.get("title", ""))
        said = {
            "suite": title.partition(",")[0] if self.suite == ANY_TASK else self.suite,
            "prompt": self.wordings[0].text if self.wordings else "",
            "parser": parser.get("name", "") if isinstance(parser, dict) else "",
            "digest": self.card.get("digest", ""),
            "data_digest": self.card.get("data_digest", ""),
        }
        return {key: str(value) for key, value in said.items() if value}


@dataclass(frozen=True, kw_only=True)
class Table:
    """Scores of one task by one metric: `values` is wordings x examples, NaN where there is none.

    With `fixed` the one column is a figure of a whole corpus, over `n` examples.
    """

    task: str
    metric: str
    templates: tuple[str, ...]
    examples: tuple[str, ...]
    values: Floats
    n: int
    fixed: bool = False
    about: Mapping[str, str] = field(default_factory=dict)

    def only(self, prefix: str) -> "Table":
        """The examples whose id begins with `prefix`; perhaps none."""
        kept = [place for place, name in enumerate(self.examples) if name.startswith(prefix)]
        examples = tuple(self.examples[place] for place in kept)
        return replace(self, examples=examples, values=self.values[:, kept], n=len(kept))


def read_tables(folders: Sequence[Path], *, model: str | None = None) -> list[Table]:
    """The tables of one model under the condition `plain`, from all scores below the folders: of a run, the tuned one where none is named.

    Raises:
        DataError: there are none, they are of several models and none is named, a file cannot be read, or two have the same scores.
    """
    if not folders:
        raise DataError("no folder of scores is given; name the ones that suites or evaluate stages wrote to")
    homes = list(dict.fromkeys(home.resolve() for folder in folders for home in _homes(folder)))
    if not homes:
        raise DataError(f"no {NAME} or {SCORES} below {', '.join(map(str, folders))}; run suites or evaluate first")
    rows = {home: list(_rows(home)) for home in homes}
    scores = {home: found for home in homes if (found := _scores(home)) is not None}
    chosen = _chosen(
        (*(row.model for some in rows.values() for row in some), *(one.model for one in scores.values())), model
    )
    tables: dict[tuple[str, str], tuple[Path, Table]] = {}
    for home in homes:
        about = scores[home].about() if home in scores else {}
        made = [*tables_of(rows[home], model=chosen, about=about)]
        known = {table.metric for table in made}
        made += [one for one in _fixed(scores.get(home), model=chosen) if one.metric not in known]
        for table in made:
            key = (table.task, table.metric)
            if key in tables:
                raise DataError(
                    f"{home} and {tables[key][0]} both score {table.task} by {table.metric}; give one of the two"
                )
            tables[key] = home, table
    return [table for _, table in tables.values()]


def tables_of(
    rows: Iterable[Value], *, model: str | None = None, about: Mapping[str, str] | None = None
) -> list[Table]:
    """The tables of one model; several draws of an answer are averaged.

    Raises:
        DataError: the rows are of several models and none is named.
    """
    plain = [row for row in rows if row.condition == "plain"]
    chosen = _chosen((row.model for row in plain), model) if model is None else model
    groups: dict[tuple[str, str], list[Value]] = defaultdict(list)
    for row in plain:
        if row.model == chosen:
            groups[row.task, row.metric].append(row)
    return [_table(task, metric, some, about=about or {}) for (task, metric), some in groups.items()]


def _chosen(models: Iterable[str], model: str | None) -> str | None:
    names = sorted(set(models))
    if model is None and TUNED in names:
        return TUNED
    if model is None and len(names) > 1:
        raise DataError(f"scores of the models {', '.join(names)}; name the one that is meant with --model")
    if model is not None and model not in names:
        raise DataError(f"no score of model {model!r}; there are {', '.join(names) or 'none'}")
    return names[0] if model is None and names else model


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
    return Table(
        task=task,
        metric=metric,
        templates=templates,
        examples=examples,
        values=ratio(total, count),
        n=len(examples),
        about=about,
    )


def _fixed(scores: Scores | None, *, model: str | None) -> Iterator[Table]:
    """A table of each figure of a `scores.json`."""
    if scores is None or scores.model != (model or ""):
        return
    for name in dict.fromkeys(name for row in scores.wordings for name in row.figures):
        found = [row.figures.get(name) for row in scores.wordings]
        yield Table(
            task=scores.label,
            metric=name,
            templates=tuple(row.template for row in scores.wordings),
            examples=(),
            values=np.array([[np.nan if one is None else one.mean] for one in found], dtype=np.float64),
            n=max((one.n for one in found if one is not None), default=0),
            fixed=True,
            about=scores.about(),
        )


def _homes(folder: Path) -> list[Path]:
    """Folders with scores, at or below this one."""
    if not folder.is_dir():
        raise DataError(f"{folder} is no folder; give the one that scores were written to, or one above it")
    return sorted({path.parent for name in (NAME, SCORES) for path in folder.rglob(name)})


def _rows(home: Path) -> Iterator[Value]:
    if (home / NAME).exists():
        yield from read_jsonl(home / NAME, Value)


def _scores(home: Path) -> Scores | None:
    path = home / SCORES
    if not path.exists():
        return None
    try:
        return msgspec.convert(json.loads(path.read_bytes()), Scores)  # ranges of metrics may be infinite
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        raise DataError(f"{path} is no scores of a suite ({error}); run or score the suite again") from error
