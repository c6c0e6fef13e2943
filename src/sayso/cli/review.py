"""`sayso review`: the wordings of a run, or the items that it made, for a person to judge."""

from pathlib import Path

from rich.markup import escape
from rich.table import Table

from sayso import pipeline
from sayso.cli.console import print_json, stderr, stdout
from sayso.cli.options import Json, Many
from sayso.errors import ConfigError

__all__ = ["review"]

MARKS = {"accept": "[green]accept[/]", "reject": "[red]reject[/]", "edit": "[yellow]edit[/]", None: ""}


def review(
    run: Path,
    *,
    task: Many = (),
    sample: int = 20,
    refused: bool = False,
    out: Path | None = None,
    json: Json = False,
) -> None:
    """Lay out the wordings of a run, or the items that it made, for you to accept, edit or reject; what you write there wins over filters and rules.

    Parameters
    ----------
    run
        A run folder, or the folder of its augment or synthesize stage.
    task
        Show those of these tasks (of items: operations) only (names or shell patterns); the file always has all.
    sample
        How many to show, drawn at random; 0 for all.
    refused
        Include those that were refused or held out.
    out
        Where the file goes, RUN/review.yaml (RUN/review-items.yaml for items) by default; what you wrote into it before is kept.
    """
    if sample < 0:
        raise ConfigError(f"--sample is {sample}; give 1 or more, or 0 for all")
    found = pipeline.review_run(run, out=out, refused=refused)
    table = Table(box=None, pad_edge=False)
    for heading in ("task", found.what[:-1], "made by", "score", "now", "verdict"):
        table.add_column(heading, overflow="fold")
    for name, entry in found.shown(task, count=sample):
        score = "" if entry.score is None else f"{entry.score:.2f}"
        table.add_row(name, escape(entry.text), escape(entry.operation), score, escape(entry.state), MARKS[entry.kind])
    stdout.print(table)
    _advise(found)
    if json:
        print_json(found.as_json())


def _advise(found: "pipeline.Review") -> None:
    told = found.as_json()
    stderr.print(
        f"{told[f'num_{found.what}']:,} {found.what} of {told['tasks']} {'tasks' if found.kind == 'augment' else 'operations'} in {told['path']}; so far {told['accepted']} accepted, "
        f"{told['rejected']} rejected, {told['edited']} edited",
        markup=False,
    )
    if not found.decisions:
        stderr.print("write accept or reject after verdict:, or change a text, then type this again", markup=False)
    if found.outdated:
        stages = " ".join(told["outdated"])
        stderr.print(
            f"these stages do not know it yet: {stages}\nadd --set {found.kind}.review={told['path']} to the command that made them, "
            "and delete them or choose a new --out",
            markup=False,
        )
