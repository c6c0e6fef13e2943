"""Studies: the same recipe along one axis, with seeds, ending in one figure and one table with intervals.

    study(find_axis("wordings"), recipe=path, values=("1", "2", "5"), seeds=(0, 1, 2), out=folder)

Each value and seed is a run of its own (`grid`), what is read of them is in `table`, and `study.html`, `study.md`, `study.svg` and
`study.json` are written beside the cells. Nothing is claimed that the interval over seeds does not bear out.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from sayso.artifacts import Progress, write_json, write_text
from sayso.config import load_recipe
from sayso.errors import ConfigError
from sayso.pipeline.studying.axes import AXES, Axis, Subject, find_axis
from sayso.pipeline.studying.figure import draw_figure
from sayso.pipeline.studying.grid import Cell, run_cells
from sayso.pipeline.studying.table import Point, Row, rows_of, verdict

__all__ = ["AXES", "find_axis", "run_study", "Study"]

PAGE = Markup("""<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>
body{{font:15px/1.5 system-ui,sans-serif;max-width:1000px;margin:2rem auto;padding:0 1rem;color:#1c2733;background:#fff}}
svg{{max-width:100%;height:auto}}table{{border-collapse:collapse}}th,td{{padding:.3rem .8rem;text-align:right;border-bottom:1px solid #d9e0e7}}
th:first-child,td:first-child{{text-align:left}}.wide{{overflow-x:auto}}
@media(prefers-color-scheme:dark){{body{{color:#e6edf3;background:#11161c}}th,td{{border-color:#36404b}}}}
</style><h1>{title}</h1><p>{lead}</p>{figure}<div class="wide"><table><tr><th>{label}</th>{head}</tr>{rows}</table></div>
<ul>{verdicts}</ul><p>{note}</p></html>
""")
NOTE = (
    "Means over seeds in per cent with 95 % intervals (Student's t over the seeds' values); differences are paired by seed. "
    "Everything but the axis is the same in all runs, the number of training steps too. Held-in tasks are all that the build does not hold out, "
    "also where a run trains on some of them only."
)


@dataclass(frozen=True, kw_only=True)
class Study:
    """What is asked: an axis, its values, and the seeds each value is run with."""

    axis: Axis
    values: tuple[str, ...]
    seeds: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(set(self.values)) < 2 or len(set(self.values)) < len(self.values):
            raise ConfigError(f"values {list(self.values)}: a study needs two different ones or more, each once")
        if not self.seeds or len(set(self.seeds)) < len(self.seeds):
            raise ConfigError(f"seeds {list(self.seeds)}: name at least one, each once")


def run_study(
    study: Study,
    *,
    recipe: Path,
    overrides: Sequence[str] = (),
    out: Path,
    jobs: int = 1,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Run the grid in `out` and write figure, table and page; returns what `study.json` holds.

    Studies side by side have their common stages in `shared-stages` beside them.

    Raises:
        ConfigError: the recipe cannot be studied along the axis, a value does not fit, or `jobs` is below 1.
    """
    if jobs < 1:
        raise ConfigError(f"jobs is {jobs}; use 1 or more")
    subject = Subject.of(recipe, overrides=overrides)
    cells = [
        Cell(
            value=value,
            seed=seed,
            changes=(*overrides, *study.axis.changes(subject, value, seed)),
            folder=out / "cells" / f"{study.axis.name}-{label}-seed{seed}",
        )
        for value, label in zip(study.values, _folder_labels(study.values), strict=True)
        for seed in study.seeds
    ]
    for cell in cells:
        load_recipe(recipe, overrides=cell.changes)  # what cannot be run is refused before hours of what can
    run_cells(cells, recipe=recipe, shared=out.parent / "shared-stages", jobs=jobs, progress=progress or Progress())
    rows = rows_of({(cell.value, cell.seed): cell.summary(subject.evaluate) for cell in cells}, values=study.values)
    return _write(study, rows, recipe=subject.recipe.name, out=out)


def _folder_labels(values: Sequence[str]) -> list[str]:
    """The last part of each value, as a model may be a path; the whole of it where two have the same last part."""
    short = [Path(value).name for value in values]
    return [
        name if name and short.count(name) == 1 else re.sub(r"[^\w.-]", "_", value)
        for name, value in zip(short, values, strict=True)
    ]


def _write(study: Study, rows: Sequence[Row], *, recipe: str, out: Path) -> dict[str, Any]:
    figure = draw_figure(rows, values=study.values, label=study.axis.label)
    verdicts = [verdict(row, first=study.values[0], last=study.values[-1]) for row in rows]
    result = {
        "axis": study.axis.name,
        "recipe": recipe,
        "values": list(study.values),
        "seeds": list(study.seeds),
        "expected": study.axis.expected,
        "measures": [_plain(row) for row in rows],
        "verdicts": verdicts,
        "page": str(out / "study.html"),
    }
    write_text(out / "study.svg", figure)
    write_text(out / "study.md", _markdown(study, rows, verdicts, recipe=recipe))
    write_text(out / "study.html", _html(study, rows, verdicts, figure=figure))
    write_json(out / "study.json", result)
    return result


def _plain(row: Row) -> dict[str, Any]:
    points = [None if point is None else asdict(point) for point in row.points]
    change = None if row.change is None else asdict(row.change)
    by_seed: Mapping[int, tuple[float | None, ...]] = row.by_seed
    return {"name": row.measure.name, "by_seed": dict(by_seed), "points": points, "change": change}


def _cell(point: Point | None) -> str:
    if point is None:
        return "-"
    if point.low is None or point.high is None:
        return f"{100 * point.mean:.1f}"
    return f"{100 * point.mean:.1f} ({100 * point.low:.1f} to {100 * point.high:.1f})"


def _markdown(study: Study, rows: Sequence[Row], verdicts: Sequence[str], *, recipe: str) -> str:
    head = f"| {study.axis.label} | " + " | ".join(study.values) + " |"
    table = [f"| {row.measure.label} | " + " | ".join(map(_cell, row.points)) + " |" for row in rows]
    seeds = ", ".join(map(str, study.seeds))
    lines = [
        f"# {study.axis.label.capitalize()}",
        "",
        f"Recipe `{recipe}`, seeds {seeds}. Expected: {study.axis.expected}.",
        "",
        "![](study.svg)",
        "",
        head,
        "|---" * (len(study.values) + 1) + "|",
        *table,
        "",
        *(f"- {sentence}" for sentence in verdicts),
        "",
        NOTE,
    ]
    return "\n".join(lines) + "\n"


def _html(study: Study, rows: Sequence[Row], verdicts: Sequence[str], *, figure: str) -> str:
    cells = [
        Markup("<tr><td>{}</td>{}</tr>").format(
            row.measure.label, Markup("").join(Markup("<td>{}</td>").format(_cell(point)) for point in row.points)
        )
        for row in rows
    ]
    return PAGE.format(
        title=study.axis.label.capitalize(),
        lead=f"Expected from the papers: {study.axis.expected}.",
        figure=Markup(figure),
        label=study.axis.label,
        head=Markup("").join(Markup("<th>{}</th>").format(value) for value in study.values),
        rows=Markup("").join(cells),
        verdicts=Markup("").join(Markup("<li>{}</li>").format(sentence) for sentence in verdicts),
        note=NOTE,
    )
