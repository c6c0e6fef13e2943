"""The page: one HTML file that needs nothing else.

Everything that comes from data is escaped by Jinja2's autoescape, and a content security policy in the page itself allows no
script and no address outside the file, so that a text which slipped through could still do nothing.
"""

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import jinja2
import msgspec
import yaml
from markupsafe import Markup

from sayso.report import figures
from sayso.report.definitions import definitions
from sayso.report.further import RETENTION_HEADINGS, retention_cells
from sayso.report.headline import DISTANCES, cost_text, estimate_text, interval_text, labels_of, number_text, sentences
from sayso.report.lineage import trained_with
from sayso.report.selection import figure_text, histogram, spread_text
from sayso.report.suites import HEADINGS, SUITES
from sayso.report.view import GROUPS, Cell, Estimate, ReasonCount, Report, SelectionView, StageView, TaskView

__all__ = ["environment", "render_html", "render_selection", "style_sheet"]

CHART = (
    ("Held-in tasks", ("held_in", "held_in_untuned", "held_in_shuffled", "held_in_blind")),
    ("Never trained on", ("held_out_wordings", "held_out_tasks", "held_out_categories")),
)
QUIET = ("held_in_untuned", "held_in_shuffled", "held_in_blind")
TILES = ("held_in", "held_out_wordings", "held_out_tasks", "sensitivity")


def render_html(report: Report) -> str:
    """The whole page as text."""
    return environment().get_template("page.html.j2").render(report=report, **_parts(report))


def render_selection(view: SelectionView, *, title: str, facts: str, bad: Mapping[str, int]) -> str:
    """A page about one selection; `bad` counts records that could not be used, by reason."""
    template = environment().get_template("selection_page.html.j2")
    return template.render(view=view, title=title, facts=facts, bad=bad, css=Markup(style_sheet()))


def environment() -> jinja2.Environment:
    """Templates of this folder, with our filters; every text from data is escaped."""
    folder = files("sayso.report")
    made = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: folder.joinpath(name).read_text(encoding="utf-8")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= FILTERS
    return made


def _parts(report: Report) -> dict[str, Any]:
    return {
        "css": Markup(style_sheet()),  # our own file and numbers, no data in it
        "figures": figures,
        "headline": labels_of(report.model),
        "distances": DISTANCES,
        "chart": CHART,
        "tiles": TILES,
        "groups": GROUPS,
        "quiet": QUIET,
        "text": list(sentences(report.headline, distances=report.distances, model=report.model)),
        "definitions": definitions(report),
        "num_wordings": sum(len(task.cells) for task in report.tasks),
        "sections": by_group(report.tasks),
        "num_trained": max((len(task.trained) for task in report.tasks), default=0),
        "num_held_out": max((len(task.held_out) for task in report.tasks), default=0),
        "unscored": unscored(report.tasks),
        "retention": [retention_cells(one) for one in report.retention],
        "retention_headings": RETENTION_HEADINGS,
        "suite_headings": HEADINGS,
        "suites_text": SUITES,
        "tree": tree(report.lineage),
        "trained": trained_with(report.lineage),
    }


def style_sheet() -> str:
    """The style sheet with the heat map's colours for both schemes."""
    base = files("sayso.report").joinpath("page.css").read_text(encoding="utf-8")
    return f"{base}\n{figures.heat_css(dark=False)}\n@media screen and (prefers-color-scheme:dark){{{figures.heat_css(dark=True)}}}"


def by_group(tasks: tuple[TaskView, ...]) -> list[tuple[str, list[TaskView]]]:
    """Tasks in their groups, under the words shown for each; groups without tasks are left out."""
    found: dict[str, list[TaskView]] = {}
    for task in tasks:
        found.setdefault(GROUPS.get(task.summary.group, task.summary.group), []).append(task)
    return list(found.items())


def unscored(tasks: tuple[TaskView, ...]) -> tuple[ReasonCount, ...]:
    """Why predictions of unchanged input could not be scored, counted over tasks, with the first task as an example."""
    totals: dict[str, ReasonCount] = {}
    for task in tasks:
        for reason, number in task.summary.reasons.items():
            before = totals.get(reason, ReasonCount(reason=reason, count=0, example=task.summary.task))
            totals[reason] = msgspec.structs.replace(before, count=before.count + number)
    return tuple(totals.values())


def words(name: str) -> str:
    """A category's name as words, `image_understanding` as `Image understanding`."""
    return name[:1].upper() + name[1:].replace("_", " ")


def tree(stages: tuple[StageView, ...]) -> list[dict[str, Any]]:
    """The lineage, listed depth first, as nested `{"stage", "children"}`."""
    root: list[dict[str, Any]] = []
    path: list[list[dict[str, Any]]] = [root]
    for stage in stages:
        node: dict[str, Any] = {"stage": stage, "children": []}
        del path[stage.depth + 1 :]
        path[stage.depth].append(node)
        path.append(node["children"])
    return root


def as_yaml(value: dict[str, Any]) -> str:
    """A config as YAML, in its own order."""
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=100) if value else "(defaults)\n"


def bare(value: float | None) -> str:
    """A fraction in per cent without its sign, for columns; a dash where not measured."""
    return "–" if value is None else number_text(value, unit="")


def mean(value: Estimate | None) -> str:
    """A mean in per cent without its sign; a dash where not measured."""
    return bare(None if value is None else value.mean)


def gain(value: Estimate | None) -> str:
    """`+1.5 points (0.2 to 2.9)`; a dash where not measured."""
    if value is None:
        return "–"
    interval = "" if value.low is None or value.high is None else f" ({100 * value.low:.1f} to {100 * value.high:.1f})"
    return f"{100 * value.mean:+.1f} points{interval}"


def nats(value: Estimate | None) -> str:
    """A mean in nats; a dash where not measured."""
    return "–" if value is None else f"{value.mean:.3f}"


def nats_interval(value: Estimate | None) -> str:
    """`0.412 to 0.633`; a dash where there is none."""
    return "–" if value is None or value.low is None or value.high is None else f"{value.low:.3f} to {value.high:.3f}"


def breakable(name: str) -> Markup:
    """A name that may be broken after its underscores, for narrow columns."""
    return Markup("_<wbr>").join(name.split("_"))


def cell_text(cell: Cell) -> str:
    """The score of a wording in words."""
    if cell.mean is None:
        return f"not measured, {counted(cell.unscored, 'prediction')} unscored"
    text = estimate_text(Estimate(mean=cell.mean, low=cell.low, high=cell.high, n=cell.n))
    return f"{text}, {cell.unscored:,} unscored" if cell.unscored else text


def count(value: int | None) -> str:
    """A whole number with its thousands set apart."""
    return "not recorded" if value is None else f"{value:,}"


def counted(value: int, noun: str) -> str:
    """`1 row`, `2 rows`."""
    return f"{value:,} {noun}{'' if value == 1 else 's'}"


def duration(seconds: float) -> str:
    """A wall time as people say it."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def short(label: str) -> str:
    """A headline label without the group that its heading says already."""
    short = label.removeprefix("Held-in tasks, ")
    return short[:1].upper() + short[1:]


def singular(group: str) -> str:
    """The words for a group, said of one task."""
    return {
        "Held-in tasks": "Held-in task",
        "Held-out tasks": "Held-out task",
        "Held-out categories": "Held-out category",
    }.get(group, group)


FILTERS = {
    "bare": bare,
    "breakable": breakable,
    "cell_text": cell_text,
    "cost": cost_text,
    "count": count,
    "counted": counted,
    "duration": duration,
    "gain": gain,
    "histogram": histogram,
    "interval": interval_text,
    "number": figure_text,
    "percent": number_text,
    "short": short,
    "short_percent": lambda value: "–" if value is None else f"{100 * value:.0f}",
    "singular": singular,
    "spread": spread_text,
    "mean": mean,
    "nats": nats,
    "nats_interval": nats_interval,
    "words": words,
    "yaml": as_yaml,
}
