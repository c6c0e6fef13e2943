"""`sayso review`: the wordings of a run for a person to judge."""

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
    """Lay out the wordings of a run for you to accept, edit or reject; what you write there wins over the filters.

    Parameters
    ----------
    run
        A run folder, or the folder of its augment stage.
    task
        Show wordings of these tasks only (names or shell patterns); the file always has all.
    sample
        How many wordings to show, drawn at random; 0 for all.
    refused
        Include the wordings that were refused or held out.
    out
        Where the file goes, RUN/review.yaml by default; what you wrote into it before is kept.
    """
    if sample < 0:
        raise ConfigError(f"--sample is {sample}; give 1 or more, or 0 for all")
    found = pipeline.review_run(run, out=out, refused=refused)
    table = Table(box=None, pad_edge=False)
    for heading in ("task", "wording", "made by", "score", "now", "verdict"):
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
        f"{told['num_wordings']:,} wordings of {told['tasks']} tasks in {told['path']}; so far {told['accepted']} accepted, "
        f"{told['rejected']} rejected, {told['edited']} edited",
        markup=False,
    )
    if not found.decisions:
        stderr.print("write accept or reject after verdict:, or change a text, then type this again", markup=False)
    if found.outdated:
        stages = " ".join(told["outdated"])
        stderr.print(
            f"these stages do not know it yet: {stages}\nadd --set augment.review={told['path']} to the command that made them, "
            "and delete them or choose a new --out",
            markup=False,
        )
