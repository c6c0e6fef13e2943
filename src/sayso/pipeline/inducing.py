"""Tasks from a file that has none: read, recover, and write what a person reviews and the source `induced` reads."""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sayso.artifacts import Progress, write_text
from sayso.config import AugmentConfig
from sayso.errors import ConfigError, DataError
from sayso.instructions.induce.recovering import Found, recover
from sayso.instructions.induce.reviewing import make_review, write_review
from sayso.instructions.induce.rewording import Reworder, reword, task_wordings
from sayso.instructions.induce.rows import InstructionRow, read_row
from sayso.pipeline.reasons import alike
from sayso.sources import BadRow
from sayso.sources.conversations import Conversations
from sayso.sources.induced import TASKS_FILE, Review

__all__ = ["induce", "InduceOptions"]

KEPT_REASONS = 20
OTHER_WORDINGS = 8
AUGMENT = """\
# Trains on induced tasks under up to {wordings} wordings each; sayso preview shows samples.
augment:
  sources:
    - {{name: induced, path: {tasks}, data: {data}}}
  tasks: ["induced/*"]
  max_wordings: {wordings}
"""
BUILD = """\
build:
  sources:
    - {{name: induced, path: {tasks}, data: {data}}}
  tasks: ["induced/*", "conversation*"] # rows without a task, where there are any
  prompt: {{regions: {regions}, options: {options}}}
"""


@dataclass(frozen=True, kw_only=True)
class InduceOptions:
    """How a file is read and compared.

    `images` is the folder of the pictures. `min_rows` is the least number of rows of a wording, by default 3 and more in large
    files. With `row_wordings` rows without a task get up to so many other wordings each.
    """

    format: str = "auto"
    images: Path | None = None
    min_rows: int | None = None
    row_wordings: int = 0


def induce(
    path: str, *, out: Path, how: InduceOptions = InduceOptions(), progress: Progress | None = None
) -> dict[str, Any]:
    """Recover tasks from the conversations in `path` and write `tasks.yaml`, `rows.jsonl` and a recipe into `out`.

    Returns counts: `num_rows`, `num_in_tasks`, `num_tasks`, `num_templates`,
    `free_form` and `bad_rows` by reason, and the tasks with their rows.

    Raises:
        ConfigError: a number that cannot be.
        DataError: `path` cannot be read or has no usable row, or `out` holds another review.
    """
    _check(how)
    _refuse_overwriting(out)
    told = progress or Progress()
    source = Conversations(path=Path(path), format=how.format, images=how.images)
    detected = source.detect()
    bad = Counter[str]()
    rows = _read(source, bad, told)
    told.start("compare instructions")
    found = recover(rows, min_rows=how.min_rows)
    data = {"path": str(path), "format": detected.format} | ({"images": str(how.images)} if how.images else {})
    review = make_review(found, rows, data=data)
    refused, wordings = _wordings(found, rows, count=how.row_wordings, progress=told)
    write_review(out, review=review, found=found, rows=rows, wordings=wordings)
    _write_recipe(out, review)
    return {
        "path": str(out),
        "format": detected.format,
        "evidence": detected.evidence,
        **_counts(review),
        "bad_rows": dict(bad.most_common(KEPT_REASONS)),
        "num_reworded": sum(map(bool, wordings.values())),
        "refused_wordings": refused,
    }


def _check(how: InduceOptions) -> None:
    if how.min_rows is not None and how.min_rows < 1:
        raise ConfigError(f"--min-rows is {how.min_rows}; give 1 or more")
    if how.row_wordings < 0:
        raise ConfigError(f"--row-wordings is {how.row_wordings}; give 0 or more")


def _refuse_overwriting(out: Path) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise DataError(
            f"{out} exists and is not an empty folder, and may hold somebody's review; choose another --out"
        )


def _read(source: Conversations, bad: "Counter[str]", progress: Progress) -> list[InstructionRow]:
    progress.start("read rows")
    rows = []
    for item in source.items():
        progress.advance()
        if isinstance(item, BadRow):
            bad[alike(item.reason)] += 1
        else:
            rows.append(read_row(item))
    if not rows:
        reasons = "; ".join(f"{count} x {reason}" for reason, count in bad.most_common(3)) or "it is empty"
        raise DataError(f"{source.path} has no row that can be used: {reasons}")
    return rows


def _wordings(
    found: Found, rows: list[InstructionRow], *, count: int, progress: Progress
) -> tuple[dict[str, int], dict[int, tuple[str, ...]]]:
    """Why proposals were refused, and the other wordings of rows."""
    wordings = dict(task_wordings(found, rows, count=OTHER_WORDINGS))
    if not count:
        return {}, wordings
    how = Reworder.of(AugmentConfig(), count=count)
    free = [number for number, row in enumerate(found.rows) if not row.task]
    progress.start("reword rows", total=len(free))
    for number in free:
        if texts := reword(rows[number], how=how):
            wordings[number] = texts
        progress.advance()
    return dict(sorted(how.refused.items())), wordings


def _write_recipe(out: Path, review: Review) -> None:
    files = {"tasks": out / TASKS_FILE, "data": review.data["path"]}
    quoted = {
        name: json.dumps(str(path), ensure_ascii=False) for name, path in files.items()
    }  # any path is one YAML string
    text = (AUGMENT if review.tasks else "") + BUILD
    text = text.format(wordings=20, **quoted, **review.prompt)
    write_text(out / "recipe.yaml", text)


def _counts(review: Review) -> dict[str, Any]:
    return {
        "num_rows": review.num_rows,
        "num_in_tasks": review.num_in_tasks,
        "num_tasks": len(review.tasks),
        "num_templates": sum(len(task.templates) for task in review.tasks),
        "free_form": review.free_form,
        "tasks": [
            {
                "name": task.name,
                "output": task.output,
                "rows": task.rows,
                "templates": len(task.templates),
                "confidence": task.confidence,
            }
            for task in review.tasks
        ],
    }
