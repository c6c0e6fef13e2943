"""`sayso study`: the same recipe along one axis."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from sayso import pipeline
from sayso.cli.console import ConsoleProgress, print_json, stdout
from sayso.cli.options import Common
from sayso.recipes import find_recipe

__all__ = ["study"]


Values = Annotated[
    tuple[str, ...],
    Parameter(
        consume_multiple=True, negative="", help="What the axis takes, such as 1 2 5; each axis has some of its own."
    ),
]
Seeds = Annotated[int, Parameter(help="Number of seeds, counted from 1.")]
Jobs = Annotated[int, Parameter(help="Runs at a time, each with its share of the cores.")]


def study(
    axis: str,
    recipe: str = "study",
    *,
    values: Values = (),
    seeds: Seeds = 3,
    jobs: Jobs = 1,
    common: Common = Common(),  # noqa: B008 - frozen
) -> None:
    """Run a recipe along an axis (wordings, meta_prompts, categories, tasks, rows, model_size, objectives) with several seeds: a figure and a table."""
    chosen = pipeline.find_axis(axis)
    asked = pipeline.Study(axis=chosen, values=values or chosen.values, seeds=tuple(range(1, seeds + 1)))
    with ConsoleProgress() as progress:
        found = pipeline.run_study(
            asked,
            recipe=find_recipe(recipe),
            overrides=common.set,
            out=common.out or Path("runs") / f"study-{axis}",
            jobs=jobs,
            progress=progress,
        )
    for sentence in found["verdicts"]:
        stdout.print(sentence, markup=False)
    stdout.print(f"page: {found['page']}", markup=False)
    if common.json:
        print_json(found)
