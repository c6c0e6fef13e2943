"""The data report in numbers: what was kept and why, by reason and task; how every column is spread before and after; duplicates; the rows at either end.

Written as `selection.json`; pictures of shown rows, made small, lie beside it. The page is somebody else's (`sayso.report.selection`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sayso.data.scorers import Column, Scoring
from sayso.data.scorers._protocol import Floats
from sayso.data.scorers._said import answer, asked
from sayso.data.selecting.before_after import measure_diversity
from sayso.data.selecting.chain import Fates, Step
from sayso.data.selecting.columns import Scored
from sayso.data.selecting.rows import Rows
from sayso.data.selecting.told import (
    QUANTILES,
    ColumnFigures,
    ReasonFigures,
    SelectionFigures,
    Shown,
    Spread,
    TaskFigures,
    TaskSpread,
)
from sayso.data.selecting.verdicts import count_reasons, shape_of
from sayso.data.selectors._protocol import Ints
from sayso.errors import DataError
from sayso.records import Sample
from sayso.sources import load_image, png_bytes

__all__ = ["Describing", "select_figures"]

Kept = npt.NDArray[np.bool_]
NUM_BINS = 24
TAIL = 0.005
"""Share of rows at either end whose values all go to the last bin there."""
MAX_TEXT = 600
MAX_PICTURES = 2
MAX_PIXELS = 256
KEPT_REASONS = 20
LARGEST = 1e290


@dataclass(frozen=True, kw_only=True)
class Describing:
    """What figures are made of; pictures of at most `num_extremes` rows at each end go to `folder`."""

    node: str
    rows: Rows
    fates: Fates
    scored: Scored
    steps: Sequence[Step]
    scoring: Scoring
    folder: Path
    num_extremes: int

    def shown(self, row: int, value: float | None = None) -> Shown:
        """A row as it is shown."""
        sample = self.rows.samples[row]
        images, problems = _pictures(sample, row=row, folder=self.folder)
        return Shown(
            row=int(self.rows.numbers[row]),
            id=self.rows.ids[row],
            task=self.rows.tasks[row],
            keep=bool(self.fates.keep[row]),
            reason=self.fates.reasons[row],
            asked=_short(asked(sample)),
            answered=_short(answer(sample)),
            value=value,
            images=images,
            problems=problems,
        )


def select_figures(what: Describing) -> SelectionFigures:
    """The figures of a selection.

    Raises:
        DataError: a sample cannot be read.
        OSError: the disk is full.
    """
    duplicates = np.flatnonzero(_found_twice(what))
    return SelectionFigures(
        node=what.node,
        num_rows=len(what.rows),
        num_kept=int(what.fates.keep.sum()),
        reasons=tuple(_reasons(what)),
        tasks=tuple(_tasks(what)),
        columns=tuple(_column(name, column, what=what) for name, column in what.scored.columns.items()),
        left=dict(what.fates.left),
        diversity=measure_diversity(what.rows, kept=np.flatnonzero(what.fates.keep), scoring=what.scoring),
        num_duplicates=len(duplicates),
        duplicates=tuple(what.shown(row) for row in duplicates[: what.num_extremes].tolist()),
    )


def _found_twice(what: Describing) -> Kept:
    """Rows that a selector of duplicates left out."""
    labels = {step.label for step in what.steps if "duplicates" in step.config.name}
    left_out = (not keep and label in labels for keep, label in zip(what.fates.keep, what.fates.selectors, strict=True))
    return np.fromiter(left_out, dtype=bool, count=len(what.rows))


def _reasons(what: Describing) -> Iterator[ReasonFigures]:
    counts: dict[tuple[str, bool, str], int] = {}
    examples: dict[tuple[str, bool, str], int] = {}
    fates = what.fates
    for row, (selector, keep, reason) in enumerate(
        zip(fates.selectors, fates.keep.tolist(), fates.reasons, strict=True)
    ):
        key = (selector, keep, shape_of(reason))
        counts[key] = counts.get(key, 0) + 1
        examples.setdefault(key, row)
    for key, count in sorted(counts.items(), key=lambda one: (-one[1], one[0])):
        selector, keep, reason = key
        told = f"{what.rows.ids[examples[key]]}: {fates.reasons[examples[key]]}"
        yield ReasonFigures(selector=selector, keep=keep, reason=reason, count=count, example=_short(told))


def _tasks(what: Describing) -> Iterator[TaskFigures]:
    for task, rows in _by_task(what.rows).items():
        yield TaskFigures(task=task, before=len(rows), after=int(what.fates.keep[rows].sum()))


def _by_task(rows: Rows) -> Mapping[str, Ints]:
    names, codes = np.unique(np.array(rows.tasks), return_inverse=True)
    order = np.argsort(codes, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(codes[order])) + 1) if len(order) else []
    return dict(zip(names.tolist(), parts, strict=True))


def _column(name: str, column: Column, *, what: Describing) -> ColumnFigures:
    keep, edges = what.fates.keep, _edges(column.values)
    low, high = _ends(column.values, count=what.num_extremes)
    return ColumnFigures(
        name=name,
        higher_is_better=column.higher_is_better,
        edges=tuple(edges.tolist()),
        before=_spread(column.values, edges=edges),
        after=_spread(column.values[keep], edges=edges),
        by_task=tuple(
            TaskSpread(
                task=task,
                before=_spread(column.values[rows], edges=edges),
                after=_spread(column.values[rows[keep[rows]]], edges=edges),
            )
            for task, rows in _by_task(what.rows).items()
        ),
        why=dict(list(count_reasons(column.why.values()).items())[:KEPT_REASONS]),
        lowest=tuple(what.shown(row, float(column.values[row])) for row in low),
        highest=tuple(what.shown(row, float(column.values[row])) for row in high),
    )


def _edges(values: Floats) -> Floats:
    known = _known(values)
    if not len(known):
        return np.empty(0)
    low, high = np.quantile(known, [TAIL, 1 - TAIL])
    return np.linspace(low, high if high > low else low + 1.0, NUM_BINS + 1)


def _spread(values: Floats, *, edges: Floats) -> Spread:
    known = _known(values)
    if not len(known):
        return Spread(n=0, num_missing=len(values))
    counts, _ = np.histogram(np.clip(known, edges[0], edges[-1]), bins=edges)
    return Spread(
        n=len(known),
        num_missing=len(values) - len(known),
        mean=float(known.mean()),
        quantiles=tuple(np.quantile(known, QUANTILES).tolist()),
        counts=tuple(counts.tolist()),
    )


def _known(values: Floats) -> Floats:
    """Those that there are, within what can be added up."""
    return np.clip(values[np.isfinite(values)], -LARGEST, LARGEST)


def _ends(values: Floats, *, count: int) -> tuple[list[int], list[int]]:
    """The rows with the lowest values and those with the highest, none in both, ties by lower row."""
    known = np.flatnonzero(np.isfinite(values))
    order = known[np.argsort(values[known], kind="stable")]
    low = order[:count]
    rest = order[len(low) :]
    high = rest[np.argsort(-values[rest], kind="stable")][:count]
    return low.tolist(), high.tolist()


def _short(text: str) -> str:
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}…"


def _pictures(sample: Sample, *, row: int, folder: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The first pictures of a sample, made small, as files in `folder`; and what is wrong with those that cannot be shown."""
    names, problems = list[str](), list[str]()
    for number, medium in enumerate(sample.media[:MAX_PICTURES]):
        try:
            picture = load_image(medium)
        except DataError as error:
            problems.append(_short(str(error)))
            continue
        picture.thumbnail((MAX_PIXELS, MAX_PIXELS))
        name = f"{row}-{number}.png"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(png_bytes(picture))
        names.append(name)
    return tuple(names), tuple(problems)
