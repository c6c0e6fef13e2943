"""`sayso filter`: candidate wordings of a plain file, each with a verdict."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from sayso import pipeline
from sayso.cli.console import ConsoleProgress, print_json, stdout
from sayso.cli.options import Json, read_recipe
from sayso.errors import ConfigError

__all__ = ["screen"]

Names = Annotated[tuple[str, ...], Parameter(consume_multiple=True, negative="")]


def screen(*, candidates: Path, out: Path, recipe: str | None = None, filters: Names = (), json: Json = False) -> None:
    """Judge candidate wordings of a file: lines {"id", "parent", "candidate"} in, {"id", "keep", "score", "reason"} out.

    Parameters
    ----------
    candidates
        A JSON-lines file.
    out
        Where the verdicts go, one a line in the same order; a higher score is more surely the same meaning.
    recipe
        Take the filters of its augment stage: a shipped name or a YAML file.
    filters
        These filters by name, in this order, with their usual options.
    """
    if recipe and filters:
        raise ConfigError(f"--recipe {recipe} has filters of its own; leave --filters out, or the recipe")
    opened = read_recipe(recipe) if recipe else None
    chain = pipeline.filters_of(opened, names=filters)
    with ConsoleProgress() as progress:
        found = pipeline.screen_candidates(candidates, out=out, filters=chain, progress=progress)
    for reason, count in found["refused"].items():
        stdout.print(f"refused: {count:,} x {reason}", markup=False)
    stdout.print(f"{found['kept']:,} of {found['num_candidates']:,} kept, verdicts in {found['path']}", markup=False)
    if json:
        print_json(found)
