"""A comparison in words, as a page and as Markdown.

Nothing is called better or worse that its test does not bear out at the comparison's level; for what is not, the smallest difference that these examples
could have shown stands beside it.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from sayso.report import figures
from sayso.report.comparison_view import (
    Comparison,
    ComparisonView,
    Difference,
    Flipped,
    GateView,
    RunView,
    TaskRow,
    WordingRow,
    as_view,
)
from sayso.report.comparison_words import DEFINITIONS, LABELS
from sayso.report.headline import number_text
from sayso.report.html import counted, environment, style_sheet
from sayso.report.markdown import SPECIAL, escape_markdown
from sayso.report.showcase import embed_image
from sayso.report.view import ImageView

__all__ = ["as_view", "comparison_rows", "gate_sentence", "gate_verdict", "render_page", "render_summary", "sentences"]

NUM_WORDINGS = 12
"""Wordings of a run shown at once; the rest are folded away."""


def points(value: float | None) -> str:
    """`+1.2`, in points; a dash where not measured."""
    if value is None:
        return "–"
    return f"{100 * value:+.1f}" if round(abs(100 * value), 1) else "0.0"


def p_text(value: float) -> str:
    """`p = 0.012` or `p < 0.001`."""
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"


def difference_text(value: Difference | None) -> str:
    """`-4.2 (-6.0 to -2.4), p = 0.003`."""
    if value is None:
        return "not measured"
    return f"{points(value.mean)} ({points(value.low)} to {points(value.high)}), {p_text(value.p)}"


def sentences(view: ComparisonView) -> Iterator[str]:
    """What can be said, a few sentences per run."""
    baseline = view.runs[0].name
    for one in view.comparisons:
        whole = one.quantities["overall"]
        if whole is not None:
            yield (
                f"Over {counted(whole.num_tasks, 'task')}, {one.run} scores {number_text(whole.second)} against {number_text(whole.first)} of {baseline}: "
                f"{difference_text(whole)}. {_judged(whole, one, alpha=view.alpha)}"
            )
        yield from _said_of_tasks([row for row in view.by_task if row.run == one.run], alpha=view.alpha)
        spread = one.quantities["sensitivity"]
        if spread is not None and spread.mean:
            surely = "" if spread.p <= view.alpha else ", which may be chance"
            yield f"Sensitivity goes from {number_text(spread.first)} to {number_text(spread.second)}: {difference_text(spread)}{surely}."


def _judged(whole: Difference, one: Comparison, *, alpha: float) -> str:
    if whole.p <= alpha:
        return f"That is {'better' if whole.mean > 0 else 'worse'}."
    if one.smallest_visible is None:
        return "No example differs." if whole.mean == 0 else "That may be chance."
    return f"That may be chance; these examples would show a difference of {100 * one.smallest_visible:.1f} points."


def _said_of_tasks(rows: Sequence[TaskRow], *, alpha: float) -> Iterator[str]:
    sure = sorted((row for row in rows if row.p_holm <= alpha), key=lambda row: row.mean)
    if not sure:
        yield f"No single task of {len(rows)} differs once all are corrected for."
        return
    said = ", ".join(f"{row.task} {points(row.mean)}" for row in sure[:5])
    yield f"{counted(len(sure), 'task')} of {len(rows)} {'differs' if len(sure) == 1 else 'differ'}, corrected for all: {said}."


def gate_sentence(gate: GateView, *, baseline: str) -> str:
    """What a gate found, in one line."""
    head = f"{gate.condition}: {gate.run}"
    if not gate.found:
        return f"{head}: nothing to look at"
    one = gate.found[0]
    what = "" if gate.condition.startswith(one.name) else f" {one.name}"
    more = f" and {gate.num_found - 1} more" if gate.num_found > 1 else ""
    unit = (
        f"{points(one.mean)} points ({number_text(one.first)} to {number_text(one.second)} against {baseline}, "
        f"interval {points(one.low)} to {points(one.high)}, one-sided {p_text(one.p_one_sided)}, {p_text(gate.p_adjusted)} over all conditions)"
    ).replace("\u00a0", " ")
    return f"{head}{what} {unit}{more}"


def gate_verdict(gate: GateView, *, strict: bool) -> str:
    """Failed, or why not."""
    if gate.fired:
        return "failed"
    if gate.num_beyond and not strict:
        return "passed: beyond the threshold, but chance would do as much"
    return "passed"


def comparison_rows(view: ComparisonView) -> tuple[list[str], list[list[str]]]:
    """Headings and rows of a table for a terminal."""
    names = [run.name for run in view.runs]
    headings = ["", names[0]]
    for name in names[1:]:
        headings += [name, "difference in points"]
    rows = []
    for key, (label, _) in LABELS.items():
        found = [one.quantities.get(key) for one in view.comparisons]
        known = next((one for one in found if one is not None), None)
        if known is not None:
            cells = [cell for one in found for cell in (_share(one, "second"), difference_text(one))]
            rows.append([label, _share(known, "first"), *cells])
    return headings, rows


def _share(value: Difference | None, side: str) -> str:
    return number_text(None if value is None else getattr(value, side), unit=" %")


def render_summary(view: ComparisonView) -> str:
    """The comparison as Markdown."""
    headings, rows = comparison_rows(view)
    blocks = [
        f"# {escape_markdown(title(view))}",
        "\n".join(f"- {escape_markdown(line)}" for line in sentences(view)),
        _table(headings, rows),
        *_gates(view),
        "## Tasks",
        _table(TASK_HEAD, map(_task_cells, view.by_task)),
        "## Wordings that lost most",
        _table(WORDING_HEAD, map(_wording_cells, worst_wordings(view.wordings)[:NUM_WORDINGS])),
        "## Examples that flipped",
        _table(
            ["Run", "Task", "Right to wrong", "Wrong to right"],
            ([f.run, f.task, str(f.broken), str(f.mended)] for f in view.flips),
        ),
        "## What was compared",
        "\n".join(f"- {escape_markdown(line)}" for line in provenance(view)),
        "## What the numbers mean",
        "\n".join(f"- **{term}**: {meaning}" for term, meaning in DEFINITIONS),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


TASK_HEAD = ["Task", "Run", "Baseline", "Score", "Difference in points", "Holm", "BH", "dz"]
WORDING_HEAD = ["Wording", "Task", "Run", "Baseline", "Score", "Difference in points", "Holm"]


def _task_cells(row: TaskRow) -> list[str]:
    shares = [_share(row, "first"), _share(row, "second")]
    size = "–" if row.cohens_dz is None else f"{row.cohens_dz:+.2f}"
    return [row.task, row.run, *shares, difference_text(row), f"{row.p_holm:.3f}", f"{row.p_bh:.3f}", size]


def _wording_cells(row: WordingRow) -> list[str]:
    text = row.template if row.text is None else row.text
    return [
        text,
        row.task,
        row.run,
        _share(row, "first"),
        _share(row, "second"),
        difference_text(row),
        f"{row.p_holm:.3f}",
    ]


def _gates(view: ComparisonView) -> Iterator[str]:
    if view.gates:
        yield "## Gates"
        yield "\n".join(
            f"- {gate_verdict(gate, strict=view.strict)}: {escape_markdown(gate_sentence(gate, baseline=view.runs[0].name))}"
            for gate in view.gates
        )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(map(_cell, row)) + " |" for row in (head, *rows)]
    return "\n".join([lines[0], "|---" * len(head) + "|", *lines[1:]])


def _cell(text: str) -> str:
    """Nothing in it is markup; what begins a list elsewhere, such as a minus, does not in a cell."""
    return SPECIAL.sub(r"\\\1", " ".join(text.split()))


def title(view: ComparisonView) -> str:
    """`b against a`, or how many runs."""
    others = [run.name for run in view.runs[1:]]
    said = others[0] if len(others) == 1 else f"{len(others)} runs"
    return f"{said} against {view.runs[0].name}"


def provenance(view: ComparisonView) -> Iterator[str]:
    """What each run is, and what of it did not pair."""
    for run in view.runs:
        yield f"{run.name}: the {run.model} model of {run.path}, condition {run.condition}; {_unpaired(run)}"
    if view.num_unscored:
        yield f"{counted(view.num_unscored, 'prediction')} that all runs made could not be scored in one of them and count in none."
    yield from view.notes


def _unpaired(run: RunView) -> str:
    if not run.num_unpaired and not run.num_tasks_without_metric:
        return "all of it paired."
    kinds = ("tasks_alone", "wordings_alone", "examples_alone", "tasks_without_metric")
    said = [
        _listed(kind, getattr(run, kind), number=getattr(run, f"num_{kind}")) for kind in kinds if getattr(run, kind)
    ]
    return f"{counted(run.num_unpaired, 'prediction')} only here and left out" + (
        f" ({'; '.join(said)})." if said else "."
    )


def _listed(kind: str, names: Sequence[str], *, number: int) -> str:
    more = f" and {number - 3} more" if number > 3 else ""
    return f"{kind.replace('_', ' ')}: {', '.join(names[:3])}{more}"


def worst_wordings(rows: Sequence[WordingRow]) -> list[WordingRow]:
    """The wordings that lost most, surest first among equals."""
    return sorted(rows, key=lambda row: (row.mean, row.p, row.task, row.template))


def render_page(view: ComparisonView, *, folder: Path) -> str:
    """The page as text; pictures are read from `folder`."""
    return environment().get_template("comparison.html.j2").render(view=view, **_parts(view, folder=folder))


def _parts(view: ComparisonView, *, folder: Path) -> dict[str, Any]:
    shown = [key for key in LABELS if any(one.quantities.get(key) is not None for one in view.comparisons)]
    return {
        "css": Markup(style_sheet()),  # our own file and numbers, no data in it
        "figures": figures,
        "labels": LABELS,
        "shown": shown,
        "limit": _limit([one.quantities.get(key) for one in view.comparisons for key in shown]),
        "task_limit": _limit(view.by_task),
        "title": title(view),
        "text": list(sentences(view)),
        "provenance": list(provenance(view)),
        "definitions": DEFINITIONS,
        "tasks": {one.run: [row for row in view.by_task if row.run == one.run] for one in view.comparisons},
        "wordings": {
            one.run: worst_wordings([row for row in view.wordings if row.run == one.run]) for one in view.comparisons
        },
        "num_wordings": NUM_WORDINGS,
        "pictures": [_pictures(one, folder=folder) for one in view.flipped],
        "points": points,
        "p_text": p_text,
        "difference_text": difference_text,
        "gate_sentence": gate_sentence,
        "gate_verdict": gate_verdict,
    }


def _limit(differences: Iterable[Difference | None]) -> float:
    """Half the width of a figure: the largest bound, rounded up to a number with one digit of points."""
    largest = max((abs(bound) for one in differences if one is not None for bound in (one.low, one.high)), default=0.0)
    steps = (0.01, 0.02, 0.04, 0.06, 0.1, 0.2, 0.4, 0.6, 1.0)
    return next((step for step in steps if largest <= step), largest)


def _pictures(one: Flipped, *, folder: Path) -> list[ImageView]:
    gone = ImageView(path="", problem="picture is not there any more")
    return [gone if name is None else embed_image(folder, name) for name in one.images]
