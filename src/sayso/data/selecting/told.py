"""The data report as records: what `selection.json` of a select stage holds, and what a page reads."""

import msgspec

__all__ = [
    "ColumnFigures",
    "EXTREMES",
    "FIGURES",
    "QUANTILES",
    "ReasonFigures",
    "SelectionFigures",
    "Shown",
    "Spread",
    "TaskFigures",
    "TaskSpread",
]

FIGURES = "selection.json"
EXTREMES = "extremes"
"""Where a stage has the figures, and the pictures of shown rows."""
QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
"""Shares of the rows with a value that lie below the numbers of a spread."""


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """How n values lie: their mean, QUANTILES, and how many are in each bin; `num_missing` rows have none."""

    n: int
    num_missing: int
    mean: float | None = None
    quantiles: tuple[float, ...] = ()
    counts: tuple[int, ...] = ()


class TaskSpread(msgspec.Struct, frozen=True, kw_only=True):
    """A column within a task, before and after."""

    task: str
    before: Spread
    after: Spread


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A row that is shown: what was asked and answered, shortened; `images` are files beside the figures, `problems` what is wrong with others."""

    row: int
    id: str
    task: str
    keep: bool
    reason: str
    asked: str
    answered: str
    value: float | None = None
    images: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


class ColumnFigures(msgspec.Struct, frozen=True, kw_only=True):
    """A column over all rows and over those that are kept; bins lie between `edges`, `why` counts the reasons of missing values."""

    name: str
    higher_is_better: bool
    edges: tuple[float, ...]
    before: Spread
    after: Spread
    by_task: tuple[TaskSpread, ...]
    why: dict[str, int] = {}
    lowest: tuple[Shown, ...] = ()
    highest: tuple[Shown, ...] = ()


class ReasonFigures(msgspec.Struct, frozen=True, kw_only=True):
    """How often one selector gave one reason, with the first row as an example."""

    selector: str
    keep: bool
    reason: str
    count: int
    example: str


class TaskFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of a task before and after."""

    task: str
    before: int
    after: int


class SelectionFigures(msgspec.Struct, frozen=True, kw_only=True):
    """All of a selection. `diversity` are measures of the rows before and after, by what they are called; `left` is how many rows each selector left."""

    node: str
    num_rows: int
    num_kept: int
    reasons: tuple[ReasonFigures, ...]
    tasks: tuple[TaskFigures, ...]
    columns: tuple[ColumnFigures, ...]
    left: dict[str, int] = {}
    diversity: dict[str, tuple[float | None, float | None]] = {}
    num_duplicates: int = 0
    duplicates: tuple[Shown, ...] = ()
