"""`sayso reproduce`: the claims of a paper, registered, run and answered."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from sayso import pipeline
from sayso.cli.console import ConsoleProgress, print_json, stderr, stdout
from sayso.cli.options import Common
from sayso.recipes.reproductions import find_plans

if TYPE_CHECKING:
    from sayso.pipeline import Reproduced

__all__ = ["reproduce"]

Seeds = Annotated[
    tuple[int, ...],
    Parameter(consume_multiple=True, negative="", help="Seeds in place of the plan's, such as 1 2 3."),
]
Hours = Annotated[
    float | None,
    Parameter(help="Also run further arms, and begin no run when so many hours are over; the same command goes on."),
]
Jobs = Annotated[
    int | None, Parameter(help="Runs at a time, each with its share of the cores; 2 where there are as many.")
]
OnlyPlan = Annotated[
    bool, Parameter(name="--plan", negative="", help="Print what would be registered and run nothing.")
]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class GridOptions:
    """How large the grid is and how long it may take."""

    scale: Literal["cpu", "gpu"] = "cpu"
    """Size of the grid, as the plan describes it."""
    seeds: Seeds = ()
    hours: Hours = None
    jobs: Jobs = None


def reproduce(
    name: str,
    *,
    plan: OnlyPlan = False,
    grid: GridOptions = GridOptions(),
    common: Common = Common(),  # noqa: B008
) -> None:
    """Check the claims of a paper at home: a shipped plan (instraug, multi_instruct, l2t, product, real), all of them, or a plan's YAML file.

    Plans go into folders of their own below `--out` (`runs/reproduce`, or `runs/reproduce-gpu`); what `--set` changes is changed for all arms, which makes it another plan.
    """
    cpu, json = grid.scale == "cpu", common.json
    folder = common.out or Path("runs") / ("reproduce" if cpu else f"reproduce-{grid.scale}")
    asked = pipeline.Reproduction(
        plans=find_plans(name),
        scale=grid.scale,
        seeds=grid.seeds,
        hours=grid.hours,
        jobs=grid.jobs,
        overrides=common.set,
    )
    if plan:
        _show_plans(asked, folder, json=json)
        return
    with ConsoleProgress() as progress:
        found = pipeline.reproduce(asked, out=folder, progress=progress)
    for one in found:
        _show(one, cpu=cpu)
    page = folder / "index.html" if len(found) > 1 else found[0].folder / "page.html"
    stdout.print(f"page: {page}", markup=False)
    if json:
        print_json({"reproductions": [one.as_json() for one in found], "page": str(page)})


def _show_plans(asked: "pipeline.Reproduction", folder: Path, *, json: bool) -> None:
    told = list(pipeline.told_plans(asked, out=folder))
    if json:
        print_json({"reproductions": [made for _, made in told]})
    for text, _ in () if json else told:
        stdout.print(text, markup=False)


def _show(found: "Reproduced", *, cpu: bool) -> None:
    stdout.print(f"{found.plan.title}: {len(found.results.runs)} runs", markup=False)
    for finding in found.results.findings:
        told = f" ({finding.reason})" if finding.reason else ""
        says = found.plan.claims[finding.claim].says
        stdout.print(f"  {finding.verdict}: {says}{told}", markup=False)
    for arm, seed, took in found.long_runs if cpu else ():
        stderr.print(f"  over 60 s: {arm} with seed {seed}, {took:.0f} s", markup=False, style="yellow")
