"""Scores of single predictions as rows on disk, `values.jsonl`: what comparisons, sensitivity and anyone's own statistics start from.

One row is one prediction by one metric. Evaluate stages and suites write the same rows, so that anything that reads them reads both, and so may be a file
that somebody made elsewhere.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np

from sayso.artifacts import digest, read_jsonl
from sayso.errors import DataError
from sayso.evaluate.scoring import ScoreTable
from sayso.records import Media, Record

__all__ = ["read_values", "shared_pictures", "Value", "values_of"]

NAME = "values.jsonl"


class Value(Record, frozen=True, kw_only=True):
    """The score of `example` of `task` under the wording `template`; None where it has none.

    `group` is `held_in`, `held_out_task`, `held_out_category` or `suite`, `distance` that of a held-out wording. Examples of one `picture` are no independent ones; empty where it has one
    of its own.
    """

    task: str
    example: str
    template: str
    metric: str
    value: float | None
    model: str = "tuned"
    condition: str = "plain"
    group: str = ""
    distance: str | None = None
    number: int = 0
    picture: str = ""


def shared_pictures(media: Mapping[str, Sequence[Media]]) -> dict[str, str]:
    """Names for what examples show, of those that show the same as another one."""
    names = {example: digest([_name(one) for one in shown]) if shown else "" for example, shown in media.items()}
    counts = Counter(names.values())
    return {example: name for example, name in names.items() if name and counts[name] > 1}


def _name(medium: Media) -> str:
    return medium.path or sha256(medium.data or b"").hexdigest()


def values_of(table: ScoreTable, *, pictures: Mapping[str, str] | None = None) -> Iterator[Value]:
    """A row per wording and example of a table; `pictures` are those that examples share."""
    for template, row in zip(table.templates, table.values, strict=True):
        for example, value in zip(table.examples, row.tolist(), strict=True):
            yield Value(
                task=table.task.name,
                example=example,
                template=template.id,
                metric=table.metric,
                value=None if np.isnan(value) else value,
                model=table.model,
                condition=table.condition,
                group=table.task.group,
                distance=template.distance if template.held_out else None,
                picture=(pictures or {}).get(example, ""),
            )


def read_values(path: Path) -> list[Value]:
    """The rows of a file, or of the folder that holds it.

    Raises:
        DataError: it is missing, or has no row.
    """
    file = path / NAME if path.is_dir() else path
    rows = list(read_jsonl(file, Value))
    if not rows:
        raise DataError(f"{file} has no score; evaluate first")
    return rows
