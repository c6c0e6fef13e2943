"""`sayso export`, `sayso convert` and `sayso induce`: built data and other tools' data, in the formats of other tools or as tasks."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from sayso import pipeline
from sayso.cli.console import ConsoleProgress, print_json, stderr, stdout
from sayso.cli.options import Common, Json, open_recipe

__all__ = ["convert", "export", "induce"]


SHOWN = 3
"""Bad rows that are shown with their place."""
LISTED = 40
"""Tasks that are listed."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Training:
    """A hand-over: not data alone, but all that another tool needs to train a stage."""

    training: Annotated[bool, Parameter(negative="")] = False
    """Hand a train stage over with settings, weights and its samples in order, to trl, llama_factory or ms_swift."""
    stage: str | None = None
    """Which train stage; where left out the one called train, or the only one."""
    inexact: Annotated[bool, Parameter(negative="")] = False
    """Write the nearest that the tool can do where it cannot do the same."""


def export(
    run: str, *, to: str = "llava", out: Path, split: str = "train", training: Training = Training(), json: Json = False
) -> None:
    """Write the examples of a run, each under one wording, in another tool's format; or hand a train stage over to another tool.

    Parameters
    ----------
    run
        A run folder, or the folder of a build stage; for a hand-over also a recipe, whose earlier stages are then made in runs/NAME.
    to
        One of alpaca, hf (a datasets folder), llama_factory, llava, ms_swift, multi_instruct, sharegpt, trl_messages or trl_prompt_completion;
        trl, or llama_factory and ms_swift with --training, are hand-overs.
    out
        Where to write.
    split
        `train` or `test`.
    """
    with ConsoleProgress() as progress:
        if training.training or to == "trl":
            written = _hand_over(run, to=to, out=out, training=training, progress=progress)
        else:
            written = pipeline.export_run(Path(run), to=to, out=out, split=split, progress=progress)
    _tell(written)
    for line in written.get("lost", ()):
        stdout.print(f"lost or different: {line}", markup=False)
    if "command" in written:
        stdout.print(f"in that folder, type: {written['command']}", markup=False)
    if json:
        print_json(written)


def _hand_over(run: str, *, to: str, out: Path, training: Training, progress: ConsoleProgress) -> dict[str, Any]:
    how = pipeline.HandOver(to=to, stage=training.stage, inexact=training.inexact)
    if Path(run).is_dir():
        return pipeline.hand_over_run(Path(run), how=how, out=out, progress=progress)
    recipe = open_recipe(run, common=Common())
    return pipeline.hand_over_recipe(recipe, run=Common().folder(recipe), how=how, out=out, progress=progress)


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Reading:
    """How a file is read."""

    format: str = "auto"
    """The format of the file, where what is in it leaves that open."""
    images: Path | None = None
    """Folder of the pictures; by default that of the file."""
    task: str | None = None
    """The task that templates are for."""


def convert(path: str, *, to: str, out: Path, reading: Reading = Reading(), json: Json = False) -> None:
    """Turn a file of conversations, or of templates, into another tool's format; says what it is and what is lost.

    Parameters
    ----------
    path
        A file or folder (LLaVA, ShareGPT, Alpaca, TRL, ms-swift, LLaMA-Factory, MultiInstruct, PromptSource); or a task's name.
    to
        A format of `sayso export`; for templates: templates (JSON lines for augment.templates) or promptsource.
    out
        Where to write.
    """
    written = pipeline.convert(path, to=to, out=out, **vars(reading))
    stderr.print(f"{path} is {written['format']}: {written['evidence']}", markup=False)
    _tell(written)
    if json:
        print_json(written)


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Inducing:
    """How tasks are recovered."""

    format: str = "auto"
    """The format of the file, where what is in it leaves that open."""
    images: Path | None = None
    """Folder of the pictures; by default that of the file."""
    min_rows: int | None = None
    """Least rows of a wording; by default 3, and more in large files."""
    row_wordings: int = 0
    """Other wordings for each row that belongs to no task."""


def induce(data: str, *, out: Path, how: Inducing = Inducing(), json: Json = False) -> None:
    """Recover tasks, with all their wordings and slots, from a file that has one fixed instruction a row.

    Parameters
    ----------
    data
        A file of conversations (LLaVA, ShareGPT, Alpaca, TRL, ms-swift, LLaMA-Factory, MultiInstruct).
    out
        The folder for tasks.yaml, to be reviewed, rows.jsonl and recipe.yaml.
    """
    with ConsoleProgress() as progress:
        found = pipeline.induce(data, out=out, how=pipeline.InduceOptions(**vars(how)), progress=progress)
    stderr.print(f"{data} is {found['format']}: {found['evidence']}", markup=False)
    for task in found["tasks"][:LISTED]:
        told = f"{task['rows']:>7,} rows  {task['templates']:>3} wordings  {task['confidence']:.2f}  {task['name']} -> {task['output']}"
        stdout.print(told, markup=False)
    if rest := found["num_tasks"] - LISTED:
        stdout.print(f"  and {rest} more" if rest > 0 else "", markup=False, end="\n" if rest > 0 else "")
    for key, title in (("bad_rows", "not read"), ("free_form", "free-form")):
        for reason, count in found[key].items():
            stdout.print(f"{title}: {count:,} x {reason}", markup=False)
    told = (
        f"{found['num_in_tasks']:,} of {found['num_rows']:,} rows are of a task: {found['num_tasks']} found, with {found['num_templates']} wordings; "
        f"review {out / 'tasks.yaml'}, then: sayso build {out / 'recipe.yaml'}"
    )
    nothing = f"none of {found['num_rows']:,} rows is of a task: too few share their words; rewordings of single rows come with --row-wordings N"
    stdout.print(told if found["num_tasks"] else nothing, markup=False)
    if json:
        print_json(found)


def _tell(written: dict[str, Any]) -> None:
    for reason, count in written.get("bad_rows", {}).items():
        stdout.print(f"not read: {count:,} x {reason}", markup=False)
    for place in written.get("bad_places", [])[:SHOWN]:
        stdout.print(f"  {place}", markup=False)
    for reason, count in written["left_out"].items():
        stdout.print(f"left out: {count:,} x {reason}", markup=False)
    for key, count in written.get("not_carried", {}).items():
        stdout.print(f"not carried over: `{key}` of {count:,} rows", markup=False)
    what = "num_templates" if "num_templates" in written else "num_samples"
    read = f" of {written['build']}" if "build" in written else ""
    stdout.print(f"{written[what]:,} {what.removeprefix('num_')}{read} written to {written['path']}", markup=False)
