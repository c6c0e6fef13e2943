"""Commands that take a recipe: run all of it, one kind of stage, check it, or look at its samples."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from sayso import pipeline
from sayso.cli.console import ConsoleProgress, be_quiet, print_json, stderr, stdout
from sayso.cli.options import Common, open_recipe
from sayso.errors import ConfigError

if TYPE_CHECKING:
    from sayso.config import Recipe

__all__ = ["build", "check", "evaluate", "preview", "report", "run", "run_kind", "train"]


Shared = Annotated[
    Path | None,
    Parameter(
        help="Folder of finished stages for several runs: what another one made from the same config is taken from it."
    ),
]
Rescore = Annotated[
    bool,
    Parameter(
        negative="",
        help="Score what was predicted again, without decoding; parser, ensembles, num_resamples and confidence may have changed.",
    ),
]


def run(recipe: str, *, shared: Shared = None, common: Common = Common()) -> None:  # noqa: B008 - frozen
    """Run a whole recipe: a shipped name (quickstart, l2t, nlvr ...; sayso env lists them) or a YAML file."""
    opened = open_recipe(recipe, common=common)
    _run(opened, common=common, shared=shared)


def build(recipe: str, *, common: Common = Common()) -> None:  # noqa: B008
    """Build examples from sources and tasks."""
    run_kind("build", recipe, common)


def train(recipe: str, *, common: Common = Common()) -> None:  # noqa: B008
    """Tune the model (and make what it reads, where that is missing)."""
    run_kind("train", recipe, common)


def evaluate(recipe: str, *, rescore: Rescore = False, common: Common = Common()) -> None:  # noqa: B008
    """Score the model under every wording."""
    run_kind("evaluate", recipe, common, rescore=rescore)


def report(recipe: str, *, common: Common = Common()) -> None:  # noqa: B008
    """Write the report page."""
    run_kind("report", recipe, common)


def check(recipe: str, *, common: Common = Common()) -> None:  # noqa: B008
    """Verify every row, image, template and role of a recipe before any model is imported."""
    opened = open_recipe(recipe, common=common)
    with ConsoleProgress() as progress:
        result = pipeline.check_recipe(opened, progress=progress)
    for line in result.lines:
        stdout.print(line, markup=False)
    if common.json:
        print_json(result.as_json())
    result.raise_if_bad()


def preview(
    recipe: str,
    *,
    count: int = 4,
    stage: str | None = None,
    tokens: Annotated[bool, Parameter(negative="")] = False,
    common: Common = Common(),  # noqa: B008
) -> None:
    """Show samples as the model sees them, every character coloured by its role.

    Parameters
    ----------
    count
        Samples to show.
    stage
        The build stage; the last one where left out.
    tokens
        Show the tokens of the train stage's model instead, targets underlined. Needs the model's processor.
    """
    opened = open_recipe(recipe, common=common)
    draw = pipeline.preview_tokens if tokens else pipeline.preview_recipe
    samples = draw(opened, stage=stage, count=count)
    if common.json:
        print_json([sample.as_json() for sample in samples])
        return
    stdout.print(pipeline.role_legend(tokens=tokens))
    for sample in samples:
        stdout.print(sample.as_markup())


def run_kind(kind: str, name: str, common: Common, *, rescore: bool = False) -> None:
    """Run the stages of one kind, and what they read where that is missing.

    Raises:
        ConfigError: the recipe has none.
    """
    opened = open_recipe(name, common=common)
    if not opened.of_kind(kind):
        raise ConfigError(f"recipe {opened.name!r} has no {kind} stage; add a section {kind}: to it")
    _run(opened, common=common, kinds=(kind,), rescore=rescore)


def _run(
    recipe: "Recipe",
    *,
    common: Common,
    kinds: tuple[str, ...] = (),
    shared: Path | None = None,
    rescore: bool = False,
) -> None:
    if pipeline.launched().rank:
        be_quiet()
    folder = common.folder(recipe)
    only = tuple(node.name for kind in kinds for node in recipe.of_kind(kind))
    results = []
    with ConsoleProgress() as progress:
        for result in pipeline.run_stages(
            recipe, out=folder, only=only, progress=progress, shared=shared, rescore=rescore
        ):
            results.append(result)
            stderr.print(_line(result), markup=False)
            for warning in result.manifest.counts.get("warnings", ()):
                stderr.print(f"  warning: {warning}", markup=False, style="yellow")
    summary = pipeline.headline(results, run_dir=folder)
    if "evaluate" in {result.manifest.kind for result in results}:
        for name, value in pipeline.headline_rows(summary):
            stdout.print(f"{name:32}{value}", markup=False)
    if summary["report_html"]:
        stdout.print(f"{'report':32}{summary['report_html']}", markup=False)
    if common.json:
        print_json(summary)


def _line(result: "pipeline.StageResult") -> str:
    done = "there already" if result.skipped else f"done in {result.manifest.wall_s:.1f} s"
    return f"{result.manifest.node}: {done}  {_short(result.manifest.counts)}"


def _short(counts: dict[str, Any]) -> str:
    """The plain numbers of a manifest on one line."""
    numbers = {key: value for key, value in counts.items() if isinstance(value, int | float)}
    return ", ".join(f"{key} {value:,}" for key, value in list(numbers.items())[:5])
