"""`sayso show`: a finished run at a glance."""

from pathlib import Path

from sayso import pipeline
from sayso.cli.console import print_json, stdout
from sayso.cli.options import Json

__all__ = ["show"]


def show(run: Path, *, diff: Path | None = None, json: Json = False) -> None:
    """The headline and stages of a run folder; with --diff what another run did otherwise (to compare scores, see sayso compare).

    Parameters
    ----------
    run
        A run folder.
    diff
        Another one: config keys that changed, and headline numbers of both.
    """
    found = pipeline.show_run(run, other=diff)
    for stage, numbers in found["headline"].items():
        for label, value in pipeline.headline_rows(numbers):
            stdout.print(f"{stage}: {label:<32}{value}", markup=False)
    if diff is None:
        for one in found["stages"]:
            stdout.print(f"{one['node']} ({one['kind']}): {one['digest']}, seed {one['seed']}", markup=False)
    else:
        for line in found["diff"]["changed"]:
            stdout.print(line, markup=False)
        for row in found["diff"]["headline"]:
            stdout.print(f"{row['stage']}: {row['number']}: {row['here']} -> {row['there']}", markup=False)
    if json:
        print_json(found)
