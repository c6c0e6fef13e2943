"""`sayso compare`: runs side by side, and gates for continuous integration."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.table import Table

from sayso import pipeline
from sayso.cli.console import print_json, stdout
from sayso.cli.options import Json

__all__ = ["compare"]

Conditions = Annotated[
    tuple[str, ...],
    Parameter(
        name="--fail-if",
        consume_multiple=True,
        negative="",
        help="End with exit code 5 where a difference to the first run is beyond this: 'held_in < -1' (points).",
    ),
]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Statistics:
    """How differences are judged."""

    metric: str | None = None
    """Compare by this metric; each task's first one where left out."""
    alpha: float = 0.05
    """Level of the tests of gates; intervals hold 1 - alpha."""
    strict: Annotated[bool, Parameter(negative="")] = False
    """Gates fire on the measured difference, whether or not chance explains it."""


def compare(
    *runs: str,
    fail_if: Conditions = (),
    out: Path | None = None,
    statistics: Statistics = Statistics(),
    json: Json = False,
) -> None:
    """Compare evaluated runs with the first of them, paired by example and wording.

    Parameters
    ----------
    runs
        Run folders, evaluate stages, suites' outputs, or files of scores (values.jsonl, CSV); the baseline first. `PATH:MODEL` takes another model.
    out
        Write a page (NAME.html), or page, Markdown, JSON and pictures into a folder.
    """
    options = pipeline.CompareOptions(metric=statistics.metric, alpha=statistics.alpha, strict=statistics.strict)
    found = pipeline.compare_runs(runs, conditions=fail_if, options=options, out=out)
    headings, rows = pipeline.comparison_table(found)
    table = Table(box=None, pad_edge=False)
    for place, heading in enumerate(headings):
        table.add_column(heading, no_wrap=place == 0)
    for row in rows:
        table.add_row(*row)
    stdout.print(table)
    for note in found["notes"]:
        stdout.print(f"note: {note}", markup=False)
    for line in pipeline.comparison_lines(found):
        stdout.print(line, markup=False)
    if "page" in found:
        stdout.print(f"page: {found['page']}", markup=False)
    if json:
        print_json(found)
    pipeline.raise_if_gated(found)
