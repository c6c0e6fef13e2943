"""Artifacts in, view model out: the one place where a report reads files.

The scores come from the evaluate stage that the report is fed from; the texts of the wordings, the data cards and the
verdicts come from whatever built on the way there. An artifact that a recipe does not have (no augment stage, no showcase)
leaves its part empty; an artifact that is there but cannot be read is an error.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from sayso.artifacts import StageContext, read_jsonl, read_manifest
from sayso.errors import ConfigError, DataError, blame
from sayso.records import Template
from sayso.report.datacard import collect_data, collect_refused, collect_verdicts
from sayso.report.further import read_retention
from sayso.report.headline import read_distances, read_headline
from sayso.report.lineage import collect_lineage
from sayso.report.robustness import read_robustness
from sayso.report.selection import collect_selections
from sayso.report.showcase import collect_examples
from sayso.report.suites import SuiteView
from sayso.report.transfer import collect_transfers
from sayso.report.view import (
    GROUPS,
    Cell,
    ConditionView,
    EnsembleView,
    LayerView,
    Report,
    TaskSummary,
    TaskView,
    TokenView,
    VisualView,
)

__all__ = ["collect"]

NUM_TOKEN_VIEWS = 4
R = TypeVar("R")


class ScoreRow(msgspec.Struct, frozen=True, kw_only=True):
    """A line of scores.jsonl."""

    model: str
    condition: str
    task: str
    template: str
    metric: str
    category: str = ""
    group: str = "held_in"
    template_held_out: bool = False
    distance: str | None = None
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    unscored: int = 0


def collect(context: StageContext) -> Report:
    """Read all that the report shows.

    Raises:
        ConfigError: no evaluate stage comes before this one, or several directly.
        DataError: an artifact is missing or cannot be read.
    """
    folder = _evaluate_folder(context)
    summary = _read_summary(folder / "summary.json")
    rows = list(read_jsonl(folder / "scores.jsonl", ScoreRow))
    model = _shown_model(rows)
    manifest = read_manifest(folder)
    config = manifest.config
    return Report(
        title=context.config.title or "How robust is it to wording?",
        run=context.folder.parent.name,
        seed=context.seed,
        confidence=float(config.get("confidence", 0.95)),
        num_resamples=config.get("num_resamples"),
        model=model,
        headline=read_headline(summary),
        tasks=tuple(_task_views(summary, [row for row in rows if row.model == model], texts=_texts(context))),
        examples=collect_examples(folder, limit=context.config.num_examples),
        data=tuple(collect_data(context)),
        wordings=tuple(collect_verdicts(context)),
        refused=collect_refused(manifest.counts),
        lineage=tuple(collect_lineage(context)),
        transfers=tuple(collect_transfers(context)),
        distances=read_distances(summary),
        conditions=_read_list(summary, "conditions", ConditionView),
        ensembles=_read_list(summary, "ensembles", EnsembleView),
        retention=read_retention(folder),
        suites=_read_list(summary, "suites", SuiteView),
        visual=_read_list(summary.get("visual") or {}, "contribution", VisualView),
        attention=_read_list(summary.get("visual") or {}, "attention", LayerView),
        token_contributions=tuple(_token_views(folder / "visual" / f"{model}.jsonl")),
        robustness=read_robustness(summary),
        selections=tuple(collect_selections(context)),
    )


def _read_list(summary: dict[str, Any], key: str, kind: type[R]) -> tuple[R, ...]:
    """The rows under a key of summary.json, none where it is missing."""
    with blame(DataError, f"{key} in summary.json"):
        return tuple(msgspec.convert(summary.get(key, ()), list[kind]))  # type: ignore[valid-type]


def _token_views(path: Path) -> Iterator[TokenView]:
    """The first example of each of a few tasks, against the first null."""
    if not path.exists():
        return
    shown: dict[str, TokenView] = {}
    for row in read_jsonl(path, TokenView):
        shown.setdefault(row.task, row)
    yield from list(shown.values())[:NUM_TOKEN_VIEWS]


def _evaluate_folder(context: StageContext) -> Path:
    direct = context.inputs_of("evaluate")
    if len(direct) > 1:
        names = ", ".join(path.name for path in direct)
        raise ConfigError(
            f"stage {context.node!r} reads several evaluate stages ({names}); write one report stage for each"
        )
    if not direct and (transfers := context.inputs_of("transfer")):
        return transfers[0].parent / list(read_manifest(transfers[0]).parents)[-1]  # the model after the last stage
    return direct[0] if direct else context.nearest("evaluate")


def _read_summary(path: Path) -> dict[str, Any]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except FileNotFoundError as error:
        raise DataError(f"{path} does not exist; delete its folder and run the recipe again") from error
    except msgspec.MsgspecError as error:
        raise DataError(f"{path} cannot be read: {error}") from error


def _shown_model(rows: list[ScoreRow]) -> str:
    models = list(dict.fromkeys(row.model for row in rows))
    return "tuned" if "tuned" in models or not models else models[0]


def _texts(context: StageContext) -> dict[str, str]:
    """Template ids to texts; where two stages know an id, the nearest one wins."""
    texts: dict[str, str] = {}
    for folder in context.ancestors():
        if (folder / "templates.jsonl").exists():
            for template in read_jsonl(folder / "templates.jsonl", Template):
                texts.setdefault(template.id, template.text)
    return texts


def _task_views(summary: dict[str, Any], rows: list[ScoreRow], *, texts: dict[str, str]) -> Iterator[TaskView]:
    """Tasks by group, category and name; each with the cells of its headline metric on unchanged input."""
    for task in sorted(_task_summaries(summary), key=_task_order):
        mine = [row for row in rows if row.task == task.task and row.condition == "plain"]
        cells = tuple(_cell(row, text=texts.get(row.template)) for row in mine if row.metric == _metric(task, mine))
        ordered = tuple(sorted(cells, key=lambda cell: cell.held_out))
        yield TaskView(summary=_with_interval(task, ordered), cells=ordered)


def _task_summaries(summary: dict[str, Any]) -> list[TaskSummary]:
    try:
        return msgspec.convert(summary.get("by_task") or [], list[TaskSummary])
    except msgspec.ValidationError as error:
        raise DataError(f"summary.json, by_task: {error}") from error


def _task_order(task: TaskSummary) -> tuple[int, str, str]:
    groups = list(GROUPS)
    return (groups.index(task.group) if task.group in groups else len(groups), task.category, task.task)


def _metric(task: TaskSummary, rows: list[ScoreRow]) -> str:
    return task.metric or (rows[0].metric if rows else "")


def _cell(row: ScoreRow, *, text: str | None) -> Cell:
    return Cell(
        template=row.template,
        text=text,
        held_out=row.template_held_out,
        distance=row.distance,
        mean=row.mean,
        low=row.low,
        high=row.high,
        n=row.n,
        unscored=row.unscored,
    )


def _with_interval(task: TaskSummary, cells: tuple[Cell, ...]) -> TaskSummary:
    """A task's interval where the summary has none: the mean of its wordings' intervals.

    The standard error of a mean is at most the mean of the standard errors, so this is no narrower than the true one.
    """
    bounds = [(cell.low, cell.high) for cell in cells if cell.low is not None and cell.high is not None]
    if task.low is not None or task.mean is None or not bounds:
        return task
    centre = sum((cell.mean or 0.0) for cell in cells if cell.low is not None) / len(bounds)
    low, high = (sum(bound[side] for bound in bounds) / len(bounds) for side in (0, 1))
    shift = task.mean - centre
    return msgspec.structs.replace(task, low=max(0.0, low + shift), high=min(1.0, high + shift))
