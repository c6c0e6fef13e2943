"""`sayso select`: training examples worth keeping, of a recipe's builds or of a file of records."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from sayso import pipeline
from sayso.cli.console import ConsoleProgress, print_json, stderr, stdout
from sayso.cli.options import Common
from sayso.cli.run import run_kind
from sayso.errors import ConfigError

__all__ = ["select"]

SHOWN = 8
"""Reasons that are told."""

Plugins = Annotated[tuple[str, ...], Parameter(negative="")]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Choosing:
    """By what is chosen from a file, and how much."""

    scorer: Plugins = ()
    """NAME or NAME:key=value,key=value; may be given several times."""
    selector: Plugins = ()
    """The same; each chooses among what the one before it left. `top` by the first scorer where left out."""
    budget: str | None = None
    """A share (under 1) or a number of records."""
    max_tokens: int | None = None
    """And no more than so many tokens of the scoring model, or words."""
    target: Path | None = None
    """A file of records that the model is to become good at."""
    per_task: Annotated[bool, Parameter(negative="")] = False
    """Choose in every task by itself; the task is what `--task-key` names."""
    task_key: str | None = None
    """The key of a record that names its task; `task` with --per-task."""
    seed: int = 0


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class RecordFile:
    """A file of records in place of a recipe's builds."""

    data: Path | None = None
    """Conversations in any known format (LLaVA, ShareGPT, Alpaca, TRL, ms-swift ...); what is kept goes to --out as it stands."""
    format: str = "auto"
    """The format of the file, where what is in it leaves that open."""
    images: Path | None = None
    """Folder of the pictures; by default that of the file."""
    report: Path | None = None
    """Where the page goes; OUT.report.html where left out."""
    cache: Path | None = None
    """Folder where scores and features are kept; OUT.columns.cache where left out."""


def select(
    recipe: str | None = None,
    *,
    file: RecordFile = RecordFile(),
    choosing: Choosing = Choosing(),
    common: Common = Common(),  # noqa: B008
) -> None:
    """Choose what is worth training on, with a verdict for everything: for a recipe's select stages, or for a file of records."""
    if file.data is not None:
        if recipe is not None:
            raise ConfigError(f"recipe {recipe!r} and --data {file.data}: choose from one of them")
        _select_from(file.data, file=file, choosing=choosing, common=common)
    elif recipe is not None and (file != RecordFile() or choosing != Choosing()):
        raise ConfigError(
            f"recipe {recipe!r} says how by itself, and what else was typed goes with --data; change it with --set select.KEY=VALUE"
        )
    elif recipe is None:
        raise ConfigError(
            "no recipe and no data: type sayso select RECIPE, or sayso select --data IN.jsonl --scorer NAME --budget 0.1 --out OUT.jsonl"
        )
    else:
        run_kind("select", recipe, common)


def _select_from(data: Path, *, file: RecordFile, choosing: Choosing, common: Common) -> None:
    if common.out is None:
        raise ConfigError(f"what is kept of {data} needs a file to go to; add --out OUT.jsonl")
    files = pipeline.RecordFiles(
        data=data,
        out=common.out,
        format=file.format,
        images=file.images,
        task_key=choosing.task_key or ("task" if choosing.per_task else None),
        report=file.report,
        columns=file.cache,
    )
    options = pipeline.SelectOptions(
        scorers=choosing.scorer,
        selectors=choosing.selector,
        budget=choosing.budget,
        max_tokens=choosing.max_tokens,
        target=choosing.target,
        per_task=choosing.per_task,
        seed=choosing.seed,
        settings=common.set,
    )
    with ConsoleProgress() as progress:
        chosen = pipeline.select_from_file(files, options=options, progress=progress)
    stderr.print(f"{data} is {chosen['format']}: {chosen['evidence']}", markup=False)
    _tell(chosen)
    if common.json:
        print_json(chosen)


def _tell(chosen: dict[str, Any]) -> None:
    for place in chosen["bad_places"]:
        stdout.print(f"not usable: {place}", markup=False)
    for name, count in chosen["unscored"].items():
        stdout.print(f"no {name}: {count:,}", markup=False)
    for word in ("refused", "kept"):
        for reason, count in list(chosen[word].items())[:SHOWN]:
            stdout.print(f"{word}: {count:,} x {reason}", markup=False)
    stdout.print(
        f"{chosen['num_kept']:,} of {chosen['num_records']:,} kept in {chosen['out']}; every record is in {chosen['verdicts']}",
        markup=False,
    )
